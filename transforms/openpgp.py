"""OpenPGP messages (RFC 9580) by Sequoia, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transforms.document import Document
from transforms.errors import DefinitionWrong, DocumentInvalid, StepFailed
from transforms.step import OpenPgpKey

CHILD = Path(__file__).with_name("openpgp_child.py")
SECONDS = 3600
MIB = 1 << 20

OF_KEYS = {
    "no key": "The block holds no OpenPGP key",
    "no secret key": "The key of the block has no secret part",
    "revoked": "The key of the block was revoked",
    "expired": "The key of the block has expired",
}
"""What the child says of keys."""
OF_PASSPHRASES = ("password", "passphrase", "Unexpected EOF", "locked", "encrypted")
COMPRESSED = "Unexpected message structure"
"""Sequoia's bindings check no signature inside a compressed data packet, GnuPG's default."""
NO_KEY = "No key to decrypt"
NO_SIGNATURE = "no valid signatures"


def encrypt(
    document: Document,
    path: Path,
    recipients: Sequence[OpenPgpKey],
    *,
    signer: OpenPgpKey | None,
    armour: bool,
) -> None:
    """Encrypt a document for several keys, and sign it if a signer is given.

    Raises:
        DefinitionWrong: a key is none, has expired or was revoked.
        StepFailed: a key cannot be used.
    """
    order = {"recipients": _given(recipients), "signer": asdict(signer) if signer else None}
    _asked(document, path, {"verb": "encrypt", "armour": armour, **order})


def decrypt(
    document: Document,
    path: Path,
    key: OpenPgpKey,
    *,
    signers: Sequence[OpenPgpKey],
    most_bytes: int,
) -> list[str]:
    """Decrypt a message; with signers it must be signed by one of them.

    Returns:
        The fingerprints of the signers whose signatures are good.

    Raises:
        DocumentInvalid: it is no whole message, for another key, not signed as demanded, or
            unpacks to too much.
        DefinitionWrong: a key is none, or the passphrase is wrong.
    """
    order = {"verb": "decrypt", "key": asdict(key), "signers": _given(signers)}
    return _asked(document, path, order, most_bytes)


def sign(document: Document, path: Path, key: OpenPgpKey, *, detached: bool, armour: bool) -> None:
    """Sign a document, beside it or around it.

    Raises:
        DefinitionWrong: the key is none, has no secret part, has expired or was revoked, or the
            passphrase is wrong.
    """
    order = {"verb": "sign", "key": asdict(key), "detached": detached, "armour": armour}
    _asked(document, path, order)


def verify(
    document: Document,
    path: Path,
    signers: Sequence[OpenPgpKey],
    *,
    signature: Path | None,
    most_bytes: int,
) -> list[str]:
    """Check a signature; one around the document is taken off, which holds all of it in memory.

    Args:
        document: what was signed, or the signed message.
        path: where the content of a signed message goes; nothing is written for a detached one.
        signers: whose signatures count.
        signature: the detached signature.
        most_bytes: that the content may have.

    Returns:
        The fingerprints of the signers whose signatures are good.

    Raises:
        DocumentInvalid: it has no good signature of any of them.
        DefinitionWrong: a key is none.
    """
    beside = str(signature) if signature else ""
    order = {"verb": "verify", "signers": _given(signers), "signature": beside}
    return _asked(document, path, order, most_bytes)


def _given(keys: Sequence[OpenPgpKey]) -> list[dict[str, str]]:
    return [asdict(key) for key in keys]


def _asked(document: Document, path: Path, order: dict[str, Any], most_bytes: int = 0) -> list[str]:
    own = {"input": str(document.path), "output": str(path), "most_bytes": most_bytes}
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", str(CHILD)],
        input=json.dumps(order | own),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    answer: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"error": "too large"}
    if "error" in answer:
        path.unlink(missing_ok=True)
        raise _error(document, str(answer["error"]), most_bytes)
    return list(answer["signers"])


def _error(
    document: Document, told: str, most_bytes: int
) -> DefinitionWrong | DocumentInvalid | StepFailed:
    where = document.name
    if told in OF_KEYS:
        return DefinitionWrong(OF_KEYS[told], where=where, remedy="Put a good key into the block")
    if any(word in told for word in OF_PASSPHRASES):
        return DefinitionWrong(
            "The passphrase of the key is missing or wrong",
            where=where,
            remedy="Correct it in the block",
        )
    if "No suitable" in told:
        return StepFailed(
            "The key cannot be used for this", where=where, remedy="Put another into the block"
        )
    if told == "too large" or "File too large" in told:
        return DocumentInvalid(
            f"Unpacked, the message has more than {most_bytes // MIB} MiB",
            where=where,
            remedy="Raise the step's limit if messages of that size are meant",
        )
    if COMPRESSED in told:
        return DocumentInvalid(
            "The signature lies within a compressed part, which cannot be checked",
            where=where,
            remedy="Ask the sender not to compress (gpg --compress-algo none), or to sign beside "
            "the document",
        )
    if NO_KEY in told:
        what = "The message is encrypted for another key"
    elif NO_SIGNATURE in told:
        what = "The message has no good signature of an accepted key"
    else:
        what = "This is no whole OpenPGP message"
    return DocumentInvalid(what, where=where, remedy="Ask the sender for it once more")
