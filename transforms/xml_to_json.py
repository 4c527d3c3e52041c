"""Step `xml-to-json`: write an XML document, or its repeating elements, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Self

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from transforms.document import Document
from transforms.errors import DocumentInvalid
from transforms.json_and_xml import tree_of
from transforms.json_text import Value, number, rendered
from transforms.names import facts_of
from transforms.paths_in_xml import (
    check_element_path,
    check_value_path,
    plain,
    rows_of,
    values_of,
)
from transforms.read_xml import read_xml
from transforms.step import Step, Workbench

TRUTH = {"true": True, "1": True, "false": False, "0": False}


class JsonColumn(BaseModel):
    """A value of each object."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(
        pattern=r"^[^/]+(/[^/]+)*$",
        title="Key",
        description="What the value is called; a slash makes an object within the object.",
        examples=["name", "anschrift/plz"],
    )
    path: str = Field(
        title="Path",
        description="Where the value is: names below the row's element such as Person/Name, an "
        "attribute as @id, the row's element itself as a dot, or below the root such as /Kopf/AGS.",
        examples=["Anschrift/PLZ", "/Kopf/AntragsID"],
    )
    json_type: Literal["text", "number", "boolean"] = Field(
        default="text",
        title="Type",
        description="How the value is written; keys with leading zeros are texts.",
    )
    missing: Literal["omit", "null", "refuse"] = Field(
        default="omit",
        title="Without a value",
        description="omit leaves the key out, null writes null, refuse refuses the file.",
    )

    @field_validator("path")
    @classmethod
    def _value_path(cls, path: str) -> str:
        return check_value_path(path)

    def value(self, text: str) -> Value:
        """Return a value of XML as JSON has it; None for "".

        Raises:
            ValueError: it is not of the type; the message does not repeat it.
        """
        if not text:
            return None
        if self.json_type == "number":
            return number(text)
        if self.json_type == "boolean":
            if text not in TRUTH:
                message = "is no boolean of XML"
                raise ValueError(message)
            return TRUTH[text]
        return text


class XmlToJson(Step):
    """Write an XML document, or its repeating elements, as JSON in UTF-8 (RFC 8259).

    Elements are found by their local names, whatever their namespace. Values are taken without
    the blanks around them and in NFC (DIN 91379). Holds the document in memory, up to
    `transforms.read_xml.LIMIT` bytes of it.
    """

    kind: Literal["xml-to-json"] = Field(
        default="xml-to-json", title="Step", description="Makes a JSON file of each XML file."
    )
    json_columns: list[JsonColumn] = Field(
        default_factory=list,
        title="Values",
        description="What each object holds; left empty, the whole element: attributes as @name, "
        "repeating elements as arrays, all values as texts.",
    )
    json_rows: str = Field(
        default="",
        title="Rows",
        description="Element that repeats, below the root, such as Anlagen/Anlage, which gives an "
        "array; left empty, the document as a whole gives one object.",
        examples=["Anlagen/Anlage"],
    )
    json_lines: bool = Field(
        default=False,
        title="JSON Lines",
        description="Write an object in each line instead of an array.",
    )
    json_lists: list[str] = Field(
        default_factory=list,
        title="Arrays",
        description="Names of elements that are written as an array even if one is alone; for the "
        "whole element only.",
        examples=[["Anlage"]],
    )
    json_allow_no_rows: bool = Field(
        default=False,
        title="Allow no rows",
        description="Accept a document without any such element; otherwise it is refused.",
    )

    @field_validator("json_rows")
    @classmethod
    def _element_path(cls, rows: str) -> str:
        return check_element_path(rows)

    @model_validator(mode="after")
    def _keys(self) -> Self:
        keys = [column.key for column in self.json_columns]
        for key in keys:
            if keys.count(key) > 1 or any(other.startswith(f"{key}/") for other in keys):
                message = f"the key {key!r} is there twice, or as a value and an object"
                raise ValueError(message)
        return self

    def apply(self, document: Document, bench: Workbench) -> Sequence[Document]:
        """Return the JSON, named like the document with `.json` or `.jsonl`.

        Raises:
            DocumentInvalid: the document is no such XML, has no rows, or a value is not of its
                type.
            StepFailed: a path does not lead to one value, or the document has what JSON cannot
                tell.
            NameNotAllowed: the new name is too long.
        """
        name = facts_of(document.name)["stem"] + (".jsonl" if self.json_lines else ".json")
        path = bench.new(name)
        root = read_xml(document.path, name=document.name)
        objects = self._objects(root, document.name)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            if self.json_lines:
                file.writelines(f"{rendered(one)}\n" for one in objects)
            elif self.json_rows:
                texts = (("," if n else "") + f"\n  {rendered(o)}" for n, o in enumerate(objects))
                file.write("[")
                file.writelines(texts)
                file.write("\n]\n")
            else:
                file.writelines(f"{rendered(one, '')}\n" for one in objects)
        return [document.made(path, name)]

    def _objects(self, root: etree._Element, where: str) -> Iterator[Value]:
        rows = rows_of(root, self.json_rows, where, none=self.json_allow_no_rows)
        if self.json_columns:
            paths = [column.path for column in self.json_columns]
            for row, texts in zip(rows, values_of(root, rows, paths, where), strict=True):
                yield self._object(texts, f"{where}, line {row.sourceline}")
        elif self.json_rows:
            for row in rows:
                yield tree_of(row, self.json_lists, where)
        else:
            yield {plain(str(root.tag)): tree_of(root, self.json_lists, where)}

    def _object(self, texts: Sequence[str], where: str) -> Value:
        made: dict[str, Value] = {}
        for column, text in zip(self.json_columns, texts, strict=True):
            value = _value(column, text, where)
            if value is None and column.missing == "omit":
                continue
            *objects, key = column.key.split("/")
            inside = made
            for name in objects:
                # The keys were checked: what is there is an object.
                inside = inside.setdefault(name, {})  # type: ignore[assignment]
            inside[key] = value
        return made


def _value(column: JsonColumn, text: str, where: str) -> Value:
    try:
        value = column.value(text)
    except ValueError as error:
        # Not chained, though the message has no value: what it was made of could.
        raise DocumentInvalid(
            f"The value of {column.path} {error}",
            where=where,
            remedy="Ask the sender to correct it, or correct the type in the step",
        ) from None
    if value is None and column.missing == "refuse":
        raise DocumentInvalid(
            f"{column.path} has no value", where=where, remedy="Ask the sender to correct it"
        )
    return value
