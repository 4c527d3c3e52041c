"""The pictures of the block types, as data URLs: the hub's pages load nothing from elsewhere."""

from __future__ import annotations

from urllib.parse import quote


def _icon(paths: str) -> str:
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' "
        "stroke='#1f5a8a' stroke-width='1.6' stroke-linecap='round' stroke-linejoin='round'>"
        f"{paths}</svg>"
    )
    return f"data:image/svg+xml,{quote(svg)}"


FOLDER = _icon("<path d='M3 6.5h6l2 2.5h10v10H3z'/>")
SFTP = _icon(
    "<rect x='4' y='10' width='16' height='10' rx='1.5'/><path d='M8 10V7a4 4 0 0 1 8 0v3'/>"
    "<path d='M9 16.5l3-3 3 3M12 13.5V18'/>"
)
WEBDAV = _icon(
    "<path d='M7 18a4 4 0 0 1-.5-8A6 6 0 0 1 18 9.5a4.3 4.3 0 0 1 0 8.5z'/>"
    "<path d='M9.5 14.5l2.5-2.5 2.5 2.5M12 12v5'/>"
)
MAIL = _icon("<rect x='3' y='5.5' width='18' height='13' rx='1.5'/><path d='M3.5 7l8.5 6.5L20.5 7'/>")
KEY = _icon("<circle cx='8' cy='12' r='4'/><path d='M12 12h9M18 12v3.5M15 12v2.5'/>")
