"""How the hub logs in at a mail server (RFC 4954): in one way and once."""

from __future__ import annotations

import base64
import smtplib

from blocks.mail_account import Login
from blocks.mail_login import chosen, exchange, secret_of, what_to_correct
from blocks.smtp_settings import SmtpSettings
from transforms.errors import AccessRefused, NotSupported, Unreachable

GO_ON, PERMANENT = 334, 500
DONE = 235
STEPS = 4
"""No mechanism has more challenges."""


def log_in(session: smtplib.SMTP, settings: SmtpSettings) -> None:
    """Log in, if the block has an account.

    Raises:
        AccessRefused: user, password or token are wrong.
        NotSupported: the server offers no such login.
        Unreachable: it cannot check them now.
    """
    if not settings.user:
        return
    offered = session.esmtp_features.get("auth", "").upper().split()
    login = chosen(settings, offered)
    first, respond = exchange(login, settings, secret_of(settings, login))
    command = f"AUTH {login}" + (f" {_encoded(first) or '='}" if first is not None else "")
    code, said = session.docmd(command)
    for _ in range(STEPS):
        if code != GO_ON:
            break
        code, said = session.docmd(_encoded(respond(_challenge(said, settings.label))))
    if code != DONE:
        raise _refused(code, login, settings.label)


def _encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


def _challenge(said: bytes, label: str) -> bytes:
    try:
        return base64.b64decode(said)
    except ValueError as error:
        raise NotSupported(
            "The mail server's challenge at the login is no base64",
            where=label,
            remedy="Choose another 'Login' in the block",
        ) from error


def _refused(code: int, login: Login, label: str) -> AccessRefused | Unreachable:
    if code < PERMANENT:
        return Unreachable(
            f"The mail server cannot check the login now ({code})",
            where=label,
            remedy="Try again later",
        )
    return AccessRefused(
        f"The mail server refused the login by {login} ({code})",
        where=label,
        remedy=what_to_correct(login),
    )
