"""How the hub logs in at a mailbox (RFC 3501, section 6.2): in one way and once."""

from __future__ import annotations

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import LoginError  # type: ignore[import-untyped]

from blocks.imap_errors import is_lost, login_refusal
from blocks.imap_settings import ImapSettings
from blocks.mail_account import Login
from blocks.mail_login import chosen, exchange, secret_of
from transforms.errors import NotSupported

SASL = "AUTH="


def log_in(client: IMAPClient, settings: ImapSettings) -> None:
    """Log in.

    Raises:
        AccessRefused: user, password or token are wrong.
        NotSupported: the server offers no such login.
        Unreachable: it, or the token endpoint, cannot check them now.
        IMAPClientError, OSError: the connection is lost.
    """
    told = {one.decode("ascii", "replace").upper() for one in client.capabilities()}
    mechanisms = {one.removeprefix(SASL) for one in told if one.startswith(SASL)}
    command = set() if "LOGINDISABLED" in told else {str(Login.LOGIN)}
    login = chosen(settings, sorted(mechanisms | command))
    secret = secret_of(settings, login)
    try:
        if login in mechanisms:
            _authenticate(client, login, settings, secret)
        else:
            _command(client, settings, secret)
    except LoginError as error:
        if is_lost(error):
            raise
        raise login_refusal(error, login, settings.label) from error


def _authenticate(client: IMAPClient, login: Login, settings: ImapSettings, secret: str) -> None:
    first, respond = exchange(login, settings, secret)
    waiting = [] if first is None else [first]
    # The server's first challenge is empty where the client begins (RFC 3501, section 6.2.2).
    client.sasl_login(str(login), lambda said: waiting.pop() if waiting else respond(said))


def _command(client: IMAPClient, settings: ImapSettings, password: str) -> None:
    if not f"{settings.user}{password}".isascii():
        raise NotSupported(
            "The server takes logins in ASCII only",
            where=settings.label,
            remedy="Give the account a name and a password without umlauts",
        )
    client.login(settings.user, password)
