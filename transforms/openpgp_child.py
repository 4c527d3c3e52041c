"""The process in which OpenPGP is done: Sequoia keeps Python's lock while it works on a file.

Reads one order as JSON from standard input and writes one answer as JSON to standard output. Its
parent limits what it may write, so that no message unpacks without bound.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pysequoia

DETACHED = pysequoia.SignatureMode.DETACHED


class _Refused(Exception):
    """What was ordered cannot be done; the text is a word that the parent knows."""


def main() -> None:
    """Do what was ordered."""
    order = json.load(sys.stdin)
    answer: dict[str, Any]
    try:
        _limit(order["most_bytes"])
        answer = {"signers": VERBS[order["verb"]](order)}
    except _Refused as error:
        answer = {"error": str(error)}
    except OSError as error:
        answer = {"error": "too large" if error.errno else str(error)}
    except (RuntimeError, ValueError) as error:
        # Only the first line is of use; the rest is Sequoia's own stack.
        answer = {"error": str(error).split("\n", 1)[0]}
    json.dump(answer, sys.stdout)


def _limit(most_bytes: int) -> None:
    if most_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))


def _encrypt(order: Mapping[str, Any]) -> list[str]:
    recipients = [_usable(_certificate(one)) for one in order["recipients"]]
    signer = _signer(order["signer"]) if order["signer"] else None
    pysequoia.encrypt_file(
        order["input"], order["output"], recipients, signer, armor=order["armour"]
    )
    return []


def _decrypt(order: Mapping[str, Any]) -> list[str]:
    key = order["key"]
    decryptor = _secret(key).decryptor(key["passphrase"] or None)
    if not order["signers"]:
        pysequoia.decrypt_file(order["input"], order["output"], decryptor)
        return []
    known = [_certificate(one) for one in order["signers"]]
    found = pysequoia.decrypt_file(order["input"], order["output"], decryptor, lambda _: known)
    return [one.certificate for one in found.valid_sigs]


def _sign(order: Mapping[str, Any]) -> list[str]:
    mode = DETACHED if order["detached"] else pysequoia.SignatureMode.INLINE
    pysequoia.sign_file(
        _signer(order["key"]), order["input"], order["output"], mode=mode, armor=order["armour"]
    )
    return []


def _verify(order: Mapping[str, Any]) -> list[str]:
    known = [_certificate(one) for one in order["signers"]]
    if order["signature"]:
        signature = pysequoia.Sig.from_file(order["signature"])
        found = pysequoia.verify(file=order["input"], store=lambda _: known, signature=signature)
    else:
        found = pysequoia.verify(file=order["input"], store=lambda _: known)
        Path(order["output"]).write_bytes(found.bytes or b"")
    return [one.certificate for one in found.valid_sigs]


def _certificate(key: Mapping[str, str]) -> pysequoia.Cert:
    try:
        return pysequoia.Cert.from_bytes(key["key"].encode())
    except RuntimeError as error:
        raise _Refused("no key") from error


def _secret(key: Mapping[str, str]) -> pysequoia.Tsk:
    certificate = _certificate(key)
    if not certificate.has_secret_keys:
        raise _Refused("no secret key")
    return pysequoia.Tsk.from_bytes(key["key"].encode())


def _signer(key: Mapping[str, str]) -> Any:
    secret = _secret(key)
    _usable(secret.extract_certificate())
    return secret.signer(key["passphrase"] or None)


def _usable(certificate: pysequoia.Cert) -> pysequoia.Cert:
    """See that a certificate may be used; Sequoia encrypts to an expired one without a word."""
    if certificate.is_revoked:
        raise _Refused("revoked")
    if certificate.expiration and certificate.expiration <= datetime.now(UTC):
        raise _Refused("expired")
    return certificate


VERBS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "encrypt": _encrypt,
    "decrypt": _decrypt,
    "sign": _sign,
    "verify": _verify,
}

if __name__ == "__main__":
    main()
