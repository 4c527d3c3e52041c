"""The account at a mail server, the same for SMTP and IMAP: address, encryption, login."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic.config import JsonDict

from blocks.endpoint import Endpoint, Finding
from blocks.tls import greeted, trusting

LONG_TEXT: JsonDict = {"format": "textarea"}
SECURITY_TEXT = (
    "STARTTLS turns encryption on after connecting, TLS encrypts from the start; with NONE mails "
    "and password travel readable."
)


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "STARTTLS"
    TLS = "TLS"
    NONE = "NONE"


class Login(StrEnum):
    """How the hub shows who it is (RFC 4422)."""

    AUTO = "AUTO"
    """The best way by password that the server offers."""
    PLAIN = "PLAIN"
    LOGIN = "LOGIN"
    CRAM_MD5 = "CRAM-MD5"
    XOAUTH2 = "XOAUTH2"
    OAUTHBEARER = "OAUTHBEARER"


BY_TOKEN = frozenset({Login.XOAUTH2, Login.OAUTHBEARER})


class MailAccount(Endpoint):
    """The fields of a mail server's block that say where to log in, and as whom."""

    # Else what is wrong with two fields together is told with all of them, secrets too.
    model_config = ConfigDict(hide_input_in_errors=True)

    host: str = Field(
        title="Host", description="Name of the mail server.", examples=["mail.example"]
    )
    port: int = Field(ge=1, le=65535, title="Port")
    security: Security = Field(title="Security", description=SECURITY_TEXT)
    user: str = Field(title="User", description="Account at the server.")
    login: Login = Field(
        default=Login.AUTO,
        title="Login",
        description="AUTO: the best way by password that the server offers. XOAUTH2 and "
        "OAUTHBEARER: by a token, fixed or from the token endpoint below.",
    )
    password: SecretStr = Field(
        default=SecretStr(""), title="Password", description="The account's password."
    )
    token: SecretStr = Field(
        default=SecretStr(""),
        title="Token",
        description="Fixed access token for XOAUTH2 and OAUTHBEARER.",
    )
    token_url: str = Field(
        default="",
        title="Token endpoint",
        description="HTTPS address that gives access tokens (OAuth 2.0 client credentials).",
        examples=["https://login.example/realms/hub/protocol/openid-connect/token"],
    )
    client_id: str = Field(
        default="", title="Client id", description="Of the hub at the token endpoint."
    )
    client_secret: SecretStr = Field(
        default=SecretStr(""),
        title="Client secret",
        description="Of the hub at the token endpoint.",
    )
    scope: str = Field(
        default="", title="Scope", description="Of the token; empty: what is given anyway."
    )
    ca_certificate: str = Field(
        default="",
        title="CA certificate",
        description="PEM of the authority that signed the certificates of mail server and token "
        "endpoint, the only one trusted then; empty: those that this machine trusts.",
        json_schema_extra=LONG_TEXT,
    )

    @field_validator("token_url")
    @classmethod
    def _https(cls, url: str) -> str:
        parsed = urlsplit(url)
        if url and (parsed.scheme != "https" or not parsed.hostname or not url.isprintable()):
            message = "write an address such as https://host/path; secrets never travel readable"
            raise ValueError(message)
        if "@" in parsed.netloc:
            message = "leave user and password out of the address; secrets have own fields"
            raise ValueError(message)
        return url

    @model_validator(mode="after")
    def _token_is_there_and_safe(self) -> Self:
        if self.login not in BY_TOKEN:
            return self
        if self.security is Security.NONE:
            message = "a token never travels readable; set security to TLS or STARTTLS"
            raise ValueError(message)
        has_token = self.token.get_secret_value() or (self.token_url and self.client_id)
        if not self.user or not has_token:
            message = f"{self.login} needs a user, and a token or token_url with client_id"
            raise ValueError(message)
        return self

    def address(self) -> tuple[str, int]:
        """Return host and port."""
        return self.host, self.port

    def greet(self) -> Iterator[Finding]:
        """Show protocol, cipher and certificate where TLS comes first."""
        if self.security is Security.TLS:
            context = trusting(self.ca_certificate, where=self.label)
            yield from greeted(
                self.address(), context, seconds=self.connect_seconds, where=self.label
            )
