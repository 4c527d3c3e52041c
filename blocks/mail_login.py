"""What the hub says at a login by SASL (RFC 4422), over SMTP and IMAP: by password or by token.

Sources: RFC 4616 (PLAIN), RFC 2195 (CRAM-MD5), RFC 7628 (OAUTHBEARER); LOGIN is
draft-murchison-sasl-login, XOAUTH2 is Google's and Microsoft's.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Collection
from contextlib import closing
from urllib.parse import quote_plus, urlencode

import httpx

from blocks.http_client import Wire, basic, beginning, members, refusal, status_line, where
from blocks.mail_account import BY_TOKEN, Login, MailAccount, Security
from blocks.tls import trusting
from transforms.errors import AccessRefused, NotSupported

READABLE = (Login.CRAM_MD5, Login.PLAIN, Login.LOGIN)
"""What to prefer where everybody can listen."""
ENCRYPTED = (Login.PLAIN, Login.LOGIN, Login.CRAM_MD5)
"""CRAM-MD5 comes last: it makes servers keep passwords readable."""
TOKEN = re.compile(r"[!-~]+")
CODE = re.compile(r"[a-z_]{1,40}")
"""Error codes of a token endpoint (RFC 6749, section 5.2); nothing else of it is repeated."""
TOKEN_REFUSED = {400, 401, 403}

Respond = Callable[[bytes], bytes]


def chosen(account: MailAccount, offered: Collection[str]) -> Login:
    """Return the login to try: only one, for three that fail lock an account at many servers.

    Args:
        account: the block.
        offered: the server's mechanisms, in capitals.

    Raises:
        NotSupported: the server does not offer what the block wants.
    """
    wanted: tuple[Login, ...] = (account.login,)
    if account.login is Login.AUTO:
        wanted = READABLE if account.security is Security.NONE else ENCRYPTED
    for one in wanted:
        if one in offered:
            return one
    raise NotSupported(
        f"The mail server offers no login by {' or '.join(wanted)}, but "
        f"{', '.join(offered)[:200] or 'none at all'}",
        where=account.label,
        remedy="Correct 'Login', 'Security', 'Port' or 'User' in the block",
    )


def secret_of(account: MailAccount, login: Login) -> str:
    """Return the password, the fixed token, or a fresh one.

    Raises:
        AccessRefused: the token endpoint refuses the client.
        NotSupported: it is no token endpoint.
        Unreachable: it does not answer.
    """
    return _token(account) if login in BY_TOKEN else account.password.get_secret_value()


def what_to_correct(login: Login) -> str:
    """Return how to mend a login that was refused."""
    secret = "token, client and scope" if login in BY_TOKEN else "password"
    return f"Correct user and {secret} in the block"


def exchange(login: Login, account: MailAccount, secret: str) -> tuple[bytes | None, Respond]:
    """Return the initial response, None for none, and what answers each challenge."""
    user = account.user
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
    line = f"n,a={name},\1host={account.host}\1port={account.port}\1auth=Bearer {secret}\1\1"
    return line.encode(), lambda _: b"\1"


def _token(account: MailAccount) -> str:
    """Return the fixed token, or a fresh one (RFC 6749, section 4.4)."""
    fixed = account.token.get_secret_value().strip()
    if fixed:
        return fixed
    url = httpx.URL(account.token_url)
    form = {"grant_type": "client_credentials"}
    if account.scope:
        form["scope"] = account.scope
    # Section 2.3.1: both are form-encoded before they become user and password.
    secret = account.client_secret.get_secret_value()
    headers = basic(quote_plus(account.client_id), quote_plus(secret)) | {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    with (
        closing(Wire(account, trusting(account.ca_certificate, where=account.label))) as wire,
        wire.answer("POST", url, headers=headers, content=urlencode(form).encode()) as response,
    ):
        told = members(beginning(response))
        if response.status_code in TOKEN_REFUSED:
            raise _client_refused(response, told, account.label)
        if not response.is_success:
            raise refusal(response, account.label, missing=NotSupported)
    token = told.get("access_token")
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise NotSupported(
            "The token endpoint's answer has no access_token",
            where=where(account.label, url),
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
