"""PDFs for tests, sound and hostile, as bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf


def pdf(pages: int, bookmarks: Sequence[tuple[str, int]] = ()) -> bytes:
    """Return a PDF whose pages have widths of 101, 102, … points.

    Args:
        pages: how many.
        bookmarks: titles and pages, from 0.
    """
    target = io.BytesIO()
    with pikepdf.new() as made:
        for number in range(pages):
            made.add_blank_page(page_size=(101 + number, 200))
        with made.open_outline() as outline:
            outline.root.extend(pikepdf.OutlineItem(title, page) for title, page in bookmarks)
        made.save(target, deterministic_id=True)
    return target.getvalue()


def with_names(pages: int, bookmarks: Sequence[tuple[str, int]], *, old: bool) -> bytes:
    """Return a PDF whose bookmarks lead to names, as those of Word and LaTeX do.

    Args:
        pages: how many.
        bookmarks: titles and pages, from 0.
        old: names as of PDF 1.1, else strings as since PDF 1.2.
    """
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(pages))) as made:
        places = {
            f"ziel.{number}": pikepdf.Dictionary(D=[made.pages[number].obj, pikepdf.Name.Fit])
            for _, number in bookmarks
        }
        if old:
            made.Root.Dests = pikepdf.Dictionary({f"/{key}": one for key, one in places.items()})
        else:
            tree = pikepdf.NameTree.new(made)
            for key, one in places.items():
                tree[key] = one
            made.Root.Names = pikepdf.Dictionary(Dests=tree.obj)
        with made.open_outline() as outline:
            for title, number in bookmarks:
                item = pikepdf.OutlineItem(title)
                key = f"ziel.{number}"
                item.destination = pikepdf.Name(f"/{key}") if old else pikepdf.String(key)
                outline.root.append(item)
        made.save(target, deterministic_id=True)
    return target.getvalue()


def widths(content: bytes) -> list[int]:
    """Return the widths of a PDF's pages in points."""
    with pikepdf.open(io.BytesIO(content)) as opened:
        return [int(page.mediabox[2]) for page in opened.pages]


def large() -> bytes:
    """Return a PDF of more than 10 MB."""
    target = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(101, 200))
        made.pages[0].Contents = made.make_stream(b"%" + bytes(range(256)) * (44 << 10))
        made.save(target, compress_streams=False)
    return target.getvalue()


def encrypted() -> bytes:
    """Return a PDF that needs a password."""
    target = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.save(target, encryption=pikepdf.Encryption(owner="o", user="u"))
    return target.getvalue()


def hostile() -> dict[str, bytes]:
    """Return what is no sound PDF."""
    sound = pdf(3)
    return {
        "encrypted": encrypted(),
        "cut off": sound[: len(sound) * 2 // 3],
        "no PDF": b"<Antrag/>",
        "nothing": b"",
        "no pages": pdf(0),
    }
