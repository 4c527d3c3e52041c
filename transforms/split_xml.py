"""Step `split-xml`: a large XML document becomes one document for each record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from lxml import etree
from pydantic import Field, field_validator

from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.packing import check_part_template, named
from transforms.paths_in_xml import check_element_path
from transforms.step import Step, Workbench
from transforms.stream_xml import Records


class SplitXml(Step):
    """Split an XML document by its records; memory does not grow with the document."""

    kind: Literal["split-xml"] = Field(
        default="split-xml",
        title="Step",
        description="Splits each XML file by the element that repeats; files of any size.",
    )
    record_path: str = Field(
        min_length=1,
        title="Records",
        description="Path of the elements that repeat, below the root, such as Vorgang or "
        "Liste/Vorgang; prefixes are left out.",
        examples=["Vorgang"],
    )
    records_each: int = Field(
        default=1, ge=1, title="Records each", description="Records that go into one part."
    )
    record_envelope: Literal["KEEP", "ROOT", "NONE"] = Field(
        default="KEEP",
        title="Envelope",
        description="KEEP puts records between the elements that lie around them, with what comes "
        "before the first one; ROOT leaves the latter out; NONE makes each record the root of its "
        "part.",
    )
    record_rest: Literal["REFUSE", "DROP"] = Field(
        default="REFUSE",
        title="What else there is",
        description="A document with something beside or behind its records is refused, as no "
        "part would have it; or that is dropped, and the fact split_dropped says what.",
    )
    record_part_name: str = Field(
        default="{stem}_{part:06d}{suffix}",
        min_length=1,
        title="Name",
        description="Template of a part's name; {part} is its number.",
    )

    @field_validator("record_path")
    @classmethod
    def _path(cls, path: str) -> str:
        return check_element_path(path)

    @field_validator("record_part_name")
    @classmethod
    def _template(cls, template: str) -> str:
        return check_part_template(template)

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the parts in order.

        Raises:
            DocumentInvalid: it is cut off, not well-formed, hostile, has no records, or something
                beside them.
            NameNotAllowed: the template makes a name that no file may have.
        """
        records = Records(
            document.path,
            self.record_path.split("/"),
            name=document.name,
            progress=bench.supplies.progress,
        )
        made = [
            self._part(document, bench, number, records, some)
            for number, some in enumerate(self._grouped(records), 1)
        ]
        if not made:
            raise DocumentInvalid(
                f"The document has no element {self.record_path}",
                where=document.name,
                remedy="Correct the step's path, or ask the sender for another document",
            )
        return self._whole(document, records, made)

    def _grouped(self, records: Records) -> Iterator[list[etree._Element]]:
        some: list[etree._Element] = []
        for record in records:
            some.append(record)
            if len(some) == self._most:
                yield some
                some = []
        if some:
            yield some

    @property
    def _most(self) -> int:
        return 1 if self.record_envelope == "NONE" else self.records_each

    def _part(
        self,
        document: Document,
        bench: Workbench,
        number: int,
        records: Records,
        some: list[etree._Element],
    ) -> Document:
        name = named(self.record_part_name, document, part=number)
        # Looking whether a name is taken takes long among a hundred thousand.
        path = bench.directory / f"{number:06d}"
        root = some[0]
        if self.record_envelope != "NONE":
            root = records.envelope.around(some, with_head=self.record_envelope == "KEEP")
        with path.open("xb") as file:
            etree.ElementTree(root).write(file, encoding="UTF-8", xml_declaration=True)
        return document.made(path, name, {"part": str(number)})

    def _whole(
        self, document: Document, records: Records, made: list[Document]
    ) -> Sequence[Document]:
        rest = ", ".join(sorted(records.envelope.rest))
        if not rest:
            return made
        if self.record_rest == "REFUSE":
            raise DocumentInvalid(
                f"The document has more than its records: {rest}",
                where=document.name,
                remedy="Let the step drop that, if no recipient needs it",
            )
        return [one.made(one.path, facts={"split_dropped": rest}) for one in made]
