"""Plain Python, files in, files out; `STEPS` is the one list of processing steps.

Steps of an office's own are found by the entry point group `govmanager.steps`; `all_steps` has
both.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from transforms.checksum import Checksum
from transforms.convert_charset import ConvertCharset
from transforms.csv_to_xml import CsvToXml
from transforms.extract_attachments import ExtractAttachments
from transforms.filter_documents import FilterDocuments
from transforms.fixed_to_xml import FixedToXml
from transforms.gzip_file import Gzip
from transforms.invoice_check import InvoiceCheck
from transforms.invoice_convert import InvoiceConvert
from transforms.invoice_hybrid import InvoiceHybrid
from transforms.invoice_view import InvoiceView
from transforms.json_to_xml import JsonToXml
from transforms.mail_body import MailBody
from transforms.map_xml import MapXml
from transforms.merge import Merge
from transforms.own import own_steps
from transforms.pgp_decrypt import PgpDecrypt
from transforms.pgp_encrypt import PgpEncrypt
from transforms.pgp_sign import PgpSign
from transforms.pgp_verify import PgpVerify
from transforms.rename import Rename
from transforms.split_csv import SplitCsv
from transforms.split_pdf import SplitPdf
from transforms.split_xml import SplitXml
from transforms.step import Step
from transforms.tar_files import TarFiles
from transforms.untar import Untar
from transforms.unzip import Unzip
from transforms.validate_xml import ValidateXml
from transforms.virus_scan import VirusScan
from transforms.xdomea_message import XdomeaMessage
from transforms.xml_to_csv import XmlToCsv
from transforms.xml_to_fixed import XmlToFixed
from transforms.xml_to_json import XmlToJson
from transforms.xml_to_pdf import XmlToPdf
from transforms.xml_to_text import XmlToText
from transforms.xslt import Xslt
from transforms.zip_files import ZipFiles

STEPS: tuple[type[Step], ...] = (
    XdomeaMessage,
    SplitXml,
    MailBody,
    ExtractAttachments,
    VirusScan,
    PgpVerify,
    PgpSign,
    PgpEncrypt,
    PgpDecrypt,
    Rename,
    MapXml,
    XmlToCsv,
    InvoiceCheck,
    InvoiceConvert,
    XmlToPdf,
    InvoiceHybrid,
    InvoiceView,
    Checksum,
    FilterDocuments,
    Gzip,
    Merge,
    SplitCsv,
    SplitPdf,
    TarFiles,
    Untar,
    Unzip,
    ZipFiles,
    ConvertCharset,
    Xslt,
    ValidateXml,
    CsvToXml,
    FixedToXml,
    JsonToXml,
    XmlToFixed,
    XmlToJson,
    XmlToText,
)


@cache
def all_steps() -> tuple[type[Step], ...]:
    """Return `STEPS` and those of other packages, which `transforms.own` finds.

    Raises:
        DefinitionWrong: one from outside cannot be loaded, or has a kind or option that is taken.
    """
    return (*STEPS, *own_steps(STEPS))


if TYPE_CHECKING:
    AnyStep = Step
else:

    def __getattr__(name: str) -> object:
        """Make `AnyStep`, one of `all_steps` chosen by its `kind`, when it is first asked for.

        Not at import: packages with steps of their own import this one.
        """
        if name != "AnyStep":
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        steps = Union[all_steps()]  # noqa: UP007 - of a tuple.
        made = Annotated[steps, Field(discriminator="kind")]
        globals()["AnyStep"] = made
        return made
