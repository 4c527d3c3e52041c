"""Large XML documents from outside, record by record, in bounded memory.

The same rules hold as in `transforms.read_xml`: lxml's strict parser, no document type declaration,
no network. What was handed out is only proven to be part of a well-formed document at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from transforms.errors import DocumentInvalid
from transforms.read_xml import LIMIT, not_well_formed

CHUNK = 256 * 1024
"""Bytes that are fed to the parser at a time."""
MOST_HEAD = 1000
"""Elements before the first record; they are in memory, and in every part."""


@dataclass(slots=True)
class Envelope:
    """What lies around the records.

    Attributes:
        ancestors: the elements from the root to the parent of the records, empty but for their
            attributes.
        head: for each of them its elements before the first record.
        rest: what else there is beside records: names of elements, or `text`.
    """

    ancestors: list[etree._Element] = field(default_factory=list)
    head: list[list[etree._Element]] = field(default_factory=list)
    rest: set[str] = field(default_factory=set)

    def around(self, records: Iterable[etree._Element], *, with_head: bool) -> etree._Element:
        """Return a new root element with records inside."""
        parents = [deepcopy(one) for one in self.ancestors]
        for number, parent in enumerate(parents):
            if with_head:
                parent.extend(deepcopy(one) for one in self.head[number])
            if number:
                parents[number - 1].append(parent)
        parents[-1].extend(records)
        return parents[0]


class Records:
    """The records of one document, and what lies around them.

    Args:
        path: the document.
        names: local names of elements from below the root to the record.
        name: what errors call the document.
        progress: told bytes that are read and bytes there are.
        limit: bytes that one record, or what lies before the first one, may have.
    """

    def __init__(
        self,
        path: Path,
        names: Sequence[str],
        *,
        name: str,
        progress: Callable[[int, int], None],
        limit: int = LIMIT,
    ) -> None:
        """Read nothing yet."""
        self.envelope = Envelope()
        self._path = path
        self._names = tuple(names)
        self._name = name
        self._progress = progress
        self._limit = limit
        self._open: list[str] = []
        self._seen = False
        self._held = 0

    def __iter__(self) -> Iterator[etree._Element]:
        """Yield a copy of each record.

        Raises:
            DocumentInvalid: the document is cut off, not well-formed, has a document type
                declaration, or a record is too large.
            OSError: it cannot be read.
        """
        parser = etree.XMLPullParser(
            events=("start", "end"),
            recover=False,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=True,
            remove_comments=True,
            remove_pis=True,
        )
        total, done = self._path.stat().st_size, 0
        try:
            with self._path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    parser.feed(chunk)
                    done += len(chunk)
                    self._held += len(chunk)
                    yield from self._records(parser)
                    if self._held > self._limit + CHUNK:
                        raise self._too_large()
                    self._progress(done, total)
            parser.close()
        except etree.XMLSyntaxError as error:
            raise DocumentInvalid(
                f"The document is not well-formed: {not_well_formed(self._path) or 'cut off'}",
                where=self._name,
                remedy="Ask the sender to send it again",
            ) from error

    def _records(self, parser: etree.XMLPullParser) -> Iterator[etree._Element]:
        for event, element in parser.read_events():
            if not isinstance(element, etree._Element):  # noqa: SLF001 - lxml's only name for it.
                continue
            if event == "start":
                self._begin(element)
            elif (record := self._end(element)) is not None:
                yield record

    def _begin(self, element: etree._Element) -> None:
        if not self._open:
            self._refuse_doctype(element)
        self._open.append(etree.QName(element).localname)
        path = tuple(self._open[1:])
        if len(path) >= len(self._names) or path != self._names[: len(path)]:
            return
        if len(self.envelope.ancestors) == len(path):
            empty = etree.Element(element.tag, dict(element.attrib), element.nsmap)
            self.envelope.ancestors.append(empty)
            self.envelope.head.append([])
        elif dict(self.envelope.ancestors[len(path)].attrib) != dict(element.attrib):
            self.envelope.rest.add(f"{self._open[-1]} with other attributes")

    def _end(self, element: etree._Element) -> etree._Element | None:
        path = tuple(self._open[1:])
        self._open.pop()
        if path == self._names:
            self._seen = True
            self._held = 0
            record = _by_itself(element)
            self._forget(element)
            return record
        leads_on = path == self._names[: len(path)]
        if leads_on:
            for text in (element.text, *(child.tail for child in element)):
                self._look_at_text(text)
        is_beside = path[:-1] == self._names[: len(path) - 1] and len(path) <= len(self._names)
        if path and is_beside and not leads_on:
            self._beside(element, len(path) - 1)
        elif path and leads_on:
            self._forget(element)
        return None

    def _beside(self, element: etree._Element, level: int) -> None:
        if self._seen or len(self.envelope.ancestors) > level + 1:
            self.envelope.rest.add(etree.QName(element).localname)
        else:
            kept = deepcopy(element)
            kept.tail = None
            self.envelope.head[level].append(kept)
            if len(self.envelope.head[level]) > MOST_HEAD:
                raise self._too_large()
        self._forget(element)

    def _forget(self, element: etree._Element) -> None:
        """Empty an element that is done, and drop those before it; lxml forbids more than that."""
        element.clear(keep_tail=True)
        parent = element.getparent()
        while parent is not None and (before := element.getprevious()) is not None:
            self._look_at_text(before.tail)
            parent.remove(before)
        if parent is not None:
            self._look_at_text(parent.text)

    def _look_at_text(self, text: str | None) -> None:
        if text and text.strip():
            self.envelope.rest.add("text")

    def _refuse_doctype(self, root: etree._Element) -> None:
        if root.getroottree().docinfo.doctype:
            raise DocumentInvalid(
                "The document has a document type declaration",
                where=self._name,
                remedy="Ask the sender to leave it out",
            )

    def _too_large(self) -> DocumentInvalid:
        return DocumentInvalid(
            f"A record, or what lies before the first one, is more than {self._limit} bytes or "
            f"{MOST_HEAD} elements",
            where=self._name,
            remedy=f"Correct the step's path {'/'.join(self._names)}, or ask for smaller records",
        )


def _by_itself(element: etree._Element) -> etree._Element:
    """Return a copy that keeps what prefixes mean, as values such as xsi:type use them too."""
    copy = deepcopy(element)
    copy.tail = None
    if copy.nsmap == element.nsmap:
        return copy
    whole = etree.Element(copy.tag, dict(copy.attrib), element.nsmap)
    whole.text = copy.text
    whole.extend(list(copy))
    return whole
