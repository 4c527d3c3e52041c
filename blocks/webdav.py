"""WebDAV servers: Nextcloud, ownCloud, Apache, IIS and their like (RFC 4918).

It stands on webdav4, the client beneath fsspec's WebDAV file system, not on that file system
itself: that one strips blanks from names and asks twice per file. What webdav4 gets wrong with
real names is mended in `_Client`; everything a server answers is translated in `_refusal`.

PUT with If-None-Match and MOVE with Overwrite: F are not atomic on WsgiDAV and Apache: of four
clients that raced for one name, two or more won in two of three rounds. Creating a collection is
atomic everywhere, so a collection of our own guards each name while it is taken.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

import httpx
from pydantic import Field, SecretStr, field_validator
from webdav4.client import Client

from blocks.endpoint import Can, Endpoint
from blocks.filesystem import Driver, Entry, FileConnection
from blocks.multistatus import PROPFIND, Multistatus, Resource
from blocks.tls import certificate_refusal, trusting
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DirectoryMissing,
    EndpointError,
    FileMissing,
    IdentityUnknown,
    Locked,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)
