"""Plain Python, files in, files out; `STEPS` is the one list of processing steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from transforms.invoice_check import InvoiceCheck
from transforms.map_xml import MapXml
from transforms.rename import Rename
from transforms.step import Step
from transforms.xml_to_csv import XmlToCsv
from transforms.xml_to_pdf import XmlToPdf

STEPS: tuple[type[Step], ...] = (Rename, MapXml, XmlToCsv, InvoiceCheck, XmlToPdf)

if TYPE_CHECKING:
    AnyStep = Step
else:
    AnyStep = Annotated[Union[STEPS], Field(discriminator="kind")]  # noqa: UP007 - of a tuple.
    """One of `STEPS`, chosen by its `kind`."""
