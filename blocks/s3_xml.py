"""The answers of an object store that are XML (Amazon S3 API, 2006-03-01).

They come from outside: a DOCTYPE is refused, and with it entities of every sort.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat  # noqa: TID251 - no DOCTYPE, so no entity of the sender's


@dataclass(slots=True)
class Element:
    """One element, its namespace left out: the texts below it, and the elements."""

    tag: str
    content: str = ""
    below: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        """Return the elements of this name directly below."""
        return [one for one in self.below if one.tag == tag]

    def text(self, tag: str) -> str:
        """Return what the first element of this name directly below says, "" if there is none."""
        return next((one.content for one in self.below if one.tag == tag), "")


def read(body: bytes) -> Element:
    """Return the root of an answer.

    Raises:
        ValueError: it is no XML, or has a document type declaration.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    top = Element("")
    path = [top]

    def start(name: str, _: dict[str, str]) -> None:
        element = Element(name.rpartition(":")[2])
        path[-1].below.append(element)
        path.append(element)

    def characters(text: str) -> None:
        path[-1].content += text

    def end(_: str) -> None:
        path.pop()

    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = start
    parser.CharacterDataHandler = characters
    parser.EndElementHandler = end
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes it by position
    except expat.ExpatError as error:
        message = f"no XML: {error}"
        raise ValueError(message) from error
    return top.below[0]


def _refuse(*_: object) -> None:
    raise ValueError("a document type declaration")
