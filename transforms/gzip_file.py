"""Step `gzip`: compress a document, or unpack a compressed one (RFC 1952)."""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from pydantic import Field

from transforms.document import CHUNK, Document
from transforms.errors import StepFailed
from transforms.packing import time_of
from transforms.step import Step, Workbench
from transforms.unpacking import MIB, Unpacking, refused

SUFFIX = ".gz"


class GzipDirection(StrEnum):
    """What is done."""

    COMPRESS = "COMPRESS"
    DECOMPRESS = "DECOMPRESS"


class Gzip(Step):
    """Compress a document with gzip, or unpack one."""

    kind: Literal["gzip"] = Field(
        default="gzip", title="Step", description="Compresses each file with gzip, or unpacks it."
    )
    gzip_direction: GzipDirection = Field(
        default=GzipDirection.COMPRESS,
        title="Direction",
        description="COMPRESS adds .gz to the name, DECOMPRESS takes it away.",
    )
    gzip_mib: int = Field(
        default=2048,
        ge=1,
        title="Most MiB",
        description="MiB that an unpacked file may have; more is refused.",
    )

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the compressed or the unpacked document.

        Raises:
            DocumentInvalid: it is no sound gzip file, or grows too large.
            StepFailed: it is to be unpacked and its name does not end with .gz.
        """
        if self.gzip_direction is GzipDirection.COMPRESS:
            return [_compressed(document, bench)]
        return [self._unpacked(document, bench)]

    def _unpacked(self, document: Document, bench: Workbench) -> Document:
        if not document.name.lower().endswith(SUFFIX) or len(document.name) == len(SUFFIX):
            raise StepFailed(
                "The name of a document to be unpacked does not end with .gz",
                where=document.name,
                remedy="Let a step before filter or rename the documents",
            )
        name = document.name[: -len(SUFFIX)]
        path = bench.new(name)
        try:
            with gzip.open(document.path) as source:
                Unpacking(document, self.gzip_mib * MIB, 1).copy(source, path)  # type: ignore[arg-type]
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise refused(document, f"This is no sound gzip file: {error}") from error
        return document.made(path, name)


def _compressed(document: Document, bench: Workbench) -> Document:
    name = document.name + SUFFIX
    path = bench.new(name)
    moment = time_of(document).timestamp()
    with (
        path.open("xb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=moment) as target,
        document.path.open("rb") as source,
    ):
        shutil.copyfileobj(source, target, CHUNK)
    return document.made(path, name)
