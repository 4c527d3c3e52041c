"""The form of a mailbox: what its account needs, folder, what is taken, links."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, SecretStr, model_validator

from blocks.mail_account import LONG_TEXT, SECURITY_TEXT, MailAccount, Security


class Take(StrEnum):
    """What of a mail is a file."""

    ATTACHMENTS = "ATTACHMENTS"
    WHOLE_MESSAGE = "WHOLE_MESSAGE"
    LINKS = "LINKS"


class Mark(StrEnum):
    """How a mail that is kept shows that it has been taken."""

    KEYWORD = "KEYWORD"
    SEEN = "SEEN"


class ImapSettings(MailAccount):
    """The fields of the block `ImapMailbox`, checked."""

    port: int = Field(
        default=993, ge=1, le=65535, title="Port", description="993 for TLS, 143 for STARTTLS."
    )
    security: Security = Field(default=Security.TLS, title="Security", description=SECURITY_TEXT)
    folder: str = Field(
        default="INBOX",
        min_length=1,
        title="Base folder",
        description="Folder that all transfers of this block stay below; sub folders with /.",
        examples=["INBOX", "INBOX/Bauanträge"],
    )
    take: Take = Field(
        default=Take.ATTACHMENTS,
        title="Take",
        description="ATTACHMENTS: each attachment is a file; WHOLE_MESSAGE: each mail is one file "
        "(.eml); LINKS: each https link to an allowed host is a file.",
    )
    mark: Mark = Field(
        default=Mark.KEYWORD,
        title="Mark of kept mails",
        description="KEYWORD: an own keyword, which mail programs rarely show; SEEN: read. With "
        "SEEN, mails that somebody has read count as taken.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        title="Allowed hosts",
        description="Hosts that links may lead to, host or host:port; for LINKS.",
        examples=[["formulare.example"]],
    )
    link_user: str = Field(
        default="", title="Links: user", description="Account at the allowed hosts; empty: none."
    )
    link_password: SecretStr = Field(
        default=SecretStr(""), title="Links: password", description="Password of that account."
    )
    link_ca_certificate: str = Field(
        default="",
        title="Links: CA certificate",
        description="PEM of the only authority that the allowed hosts are trusted by; empty: "
        "those that this machine trusts.",
        json_schema_extra=LONG_TEXT,
    )

    @model_validator(mode="after")
    def _links_have_hosts(self) -> Self:
        if self.take is Take.LINKS and not self.allowed_hosts:
            message = "name the allowed hosts that links may lead to"
            raise ValueError(message)
        return self
