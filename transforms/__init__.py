"""Plain Python, files in, files out; `STEPS` is the one list of processing steps."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from transforms.map_xml import MapXml
from transforms.rename import Rename
from transforms.step import Step
from transforms.xml_to_csv import XmlToCsv

STEPS: tuple[type[Step], ...] = (Rename, MapXml, XmlToCsv)

AnyStep = Annotated[Rename | MapXml | XmlToCsv, Field(discriminator="kind")]
"""One of `STEPS`, chosen by its `kind`; a union must be spelt out."""
