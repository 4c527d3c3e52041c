"""The pictures of the block types.

Prefect takes http addresses only, so these are the pictures that its own blocks show, from the
same place: the browser of whoever looks at blocks meets no host that it would not meet anyway.
Offline, the UI shows the block's name instead.
"""

from __future__ import annotations

from pydantic import HttpUrl

LOGOS = (
    "https://raw.githubusercontent.com/PrefectHQ/prefect/"
    "420d0d6a78bb6df1fc18bcf188fdad43c1d22ea9/assets/block-logos"
)

FOLDER = HttpUrl(f"{LOGOS}/filesystem.png")
SFTP = HttpUrl(f"{LOGOS}/filesystem.png")
WEBDAV = HttpUrl(f"{LOGOS}/webhook.png")
MAIL = HttpUrl(f"{LOGOS}/email.png")
KEY = HttpUrl(f"{LOGOS}/secret.png")
