"""How the hub logs in at a mail server: by password or by token, in one way and once.

A failed login is not repeated in another way, for three of them lock an account at many servers.

Sources: RFC 4954 (AUTH), RFC 4616 (PLAIN), RFC 2195 (CRAM-MD5), RFC 7628 (OAUTHBEARER); LOGIN is
draft-murchison-sasl-login, XOAUTH2 is Google's and Microsoft's.
"""

from __future__ import annotations

import base64
import hmac
import re
import smtplib
from collections.abc import Callable
from contextlib import closing
from urllib.parse import quote_plus, urlencode

import httpx

from blocks.http_client import Wire, basic, beginning, members, refusal, status_line, where
from blocks.smtp_settings import BY_TOKEN, Login, Security, SmtpSettings
from blocks.tls import trusting
from transforms.errors import AccessRefused, NotSupported, Unreachable

GO_ON, PERMANENT = 334, 500
DONE = 235
READABLE = (Login.CRAM_MD5, Login.PLAIN, Login.LOGIN)
"""What to prefer where everybody can listen."""
ENCRYPTED = (Login.PLAIN, Login.LOGIN, Login.CRAM_MD5)
"""CRAM-MD5 comes last: it makes servers keep passwords readable."""
STEPS = 4
"""No mechanism has more challenges."""
TOKEN = re.compile(r"[!-~]+")
CODE = re.compile(r"[a-z_]{1,40}")
"""Error codes of a token endpoint (RFC 6749, section 5.2); nothing else of it is repeated."""
TOKEN_REFUSED = {400, 401, 403}

Respond = Callable[[bytes], bytes]


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
    login = _chosen(settings, offered)
    secret = _token(settings) if login in BY_TOKEN else settings.password.get_secret_value()
    first, respond = _exchange(login, settings, secret)
    command = f"AUTH {login}" + (f" {_encoded(first) or '='}" if first is not None else "")
    code, said = session.docmd(command)
    for _ in range(STEPS):
        if code != GO_ON:
            break
        code, said = session.docmd(_encoded(respond(_challenge(said, settings.label))))
    if code != DONE:
        raise _refused(code, login, settings.label)


def _chosen(settings: SmtpSettings, offered: list[str]) -> Login:
    wanted: tuple[Login, ...] = (settings.login,)
    if settings.login is Login.AUTO:
        wanted = READABLE if settings.security is Security.NONE else ENCRYPTED
    for one in wanted:
        if one in offered:
            return one
    raise NotSupported(
        f"The mail server offers no login by {' or '.join(wanted)}, but "
        f"{', '.join(offered)[:200] or 'none at all'}",
        where=settings.label,
        remedy="Correct 'Login', 'Security', 'Port' or 'User' in the block",
    )


def _exchange(login: Login, settings: SmtpSettings, secret: str) -> tuple[bytes | None, Respond]:
    """Return the initial response, None for none, and what answers each challenge."""
    user = settings.user
    if login is Login.PLAIN:
        return f"\0{user}\0{secret}".encode(), lambda _: b""
    if login is Login.LOGIN:
        # The challenges say "Username:" and "Password:" in many spellings; their order is fixed.
        answers = iter((user.encode(), secret.encode()))
        return None, lambda _: next(answers, b"")
    if login is Login.CRAM_MD5:
        return (
            None,
            lambda said: f"{user} {hmac.digest(secret.encode(), said, 'md5').hex()}".encode(),
        )
    if login is Login.XOAUTH2:
        # A challenge is a refusal here, which an empty answer brings to its end.
        return f"user={user}\1auth=Bearer {secret}\1\1".encode(), lambda _: b""
    name = user.replace("=", "=3D").replace(",", "=2C")
    line = f"n,a={name},\1host={settings.host}\1port={settings.port}\1auth=Bearer {secret}\1\1"
    return line.encode(), lambda _: b"\1"


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
    secret = "token, client and scope" if login in BY_TOKEN else "password"
    return AccessRefused(
        f"The mail server refused the login by {login} ({code})",
        where=label,
        remedy=f"Correct user and {secret} in the block",
    )


def _token(settings: SmtpSettings) -> str:
    """Return the fixed token, or a fresh one (RFC 6749, section 4.4).

    Raises:
        AccessRefused: the token endpoint refuses the client.
        NotSupported: it is no token endpoint.
        Unreachable: it does not answer.
    """
    fixed = settings.token.get_secret_value().strip()
    if fixed:
        return fixed
    url = httpx.URL(settings.token_url)
    form = {"grant_type": "client_credentials"}
    if settings.scope:
        form["scope"] = settings.scope
    # Section 2.3.1: both are form-encoded before they become user and password.
    secret = settings.client_secret.get_secret_value()
    headers = basic(quote_plus(settings.client_id), quote_plus(secret)) | {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    with (
        closing(Wire(settings, trusting(settings.ca_certificate, where=settings.label))) as wire,
        wire.answer("POST", url, headers=headers, content=urlencode(form).encode()) as response,
    ):
        told = members(beginning(response))
        if response.status_code in TOKEN_REFUSED:
            raise _client_refused(response, told, settings.label)
        if not response.is_success:
            raise refusal(response, settings.label, missing=NotSupported)
    token = told.get("access_token")
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise NotSupported(
            "The token endpoint's answer has no access_token",
            where=where(settings.label, url),
            remedy="Correct the token endpoint's address in the block",
        )
    return token


def _client_refused(response: httpx.Response, told: dict[str, object], label: str) -> AccessRefused:
    code = str(told.get("error", ""))
    said = f": {code}" if CODE.fullmatch(code) else ""
    return AccessRefused(
        f"The token endpoint refused the login with {status_line(response)}{said}",
        where=where(label, response.request.url),
        remedy="Correct client id, client secret and scope in the block",
    )
