"""The form of a mail server: what its account needs, sender, size, S/MIME."""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from blocks.mail import parsed_address
from blocks.mail_account import LONG_TEXT, SECURITY_TEXT, MailAccount, Security
from blocks.mail_size import SizeRule, TooLarge, check_link
from blocks.mail_smime import Protection
from transforms.errors import HubError

RESERVE = 2048
"""Bytes below the limit that a server announces: Postfix counts what it adds itself."""


class SmtpSettings(MailAccount):
    """The fields of the block `SmtpServer`, checked."""

    port: int = Field(
        default=587,
        ge=1,
        le=65535,
        title="Port",
        description="587 for STARTTLS, 465 for TLS, 25 between mail servers.",
    )
    security: Security = Field(
        default=Security.STARTTLS, title="Security", description=SECURITY_TEXT
    )
    user: str = Field(
        default="", title="User", description="Account at the server; empty: no login."
    )
    sender_address: str = Field(
        title="Sender address",
        description="Address the mails come from; answers and failure notices go there.",
        examples=["govmanager@rechenzentrum.example"],
    )
    sender_name: str = Field(
        default="GovManager",
        title="Sender name",
        description="Name that mail programs show for the sender.",
    )
    size_limit_bytes: int = Field(
        default=25_000_000,
        ge=10_000,
        le=150_000_000,
        title="Size limit (bytes)",
        description="Largest whole mail, a third larger than its attachment; a smaller limit "
        "that the server announces counts too, less 2 KB for what it adds.",
    )
    split_large_documents: bool = Field(
        default=False,
        title="Split large documents",
        description="A document that does not fit comes in several mails, whose parts the "
        "recipient joins with 7-Zip; else it is refused.",
    )
    large_documents_link: str = Field(
        default="",
        title="Link to large documents",
        description="Where a document lies that does not fit: the mail says so and attaches "
        "nothing. A share, to which another recipient of the same transfer delivers. {name}, "
        "{directory}, {key}, {sha256} and {size} are filled in.",
        examples=["https://dateien.example/eingang/{name}", r"\\server\eingang\{name}"],
    )
    encryption_certificates: str = Field(
        default="",
        title="Encryption certificates",
        description="PEM of all recipients' S/MIME certificates, one below the other; each names "
        "the address it is for. Text and attachment are encrypted then, the subject is not. "
        "Empty: mails are not encrypted.",
        json_schema_extra=LONG_TEXT,
    )
    signing_certificate: str = Field(
        default="",
        title="Signing certificate",
        description="PEM of the sender's S/MIME certificate, with those between it and its "
        "authority; empty: mails are not signed.",
        json_schema_extra=LONG_TEXT,
    )
    signing_key: SecretStr = Field(
        default=SecretStr(""),
        title="Signing key",
        description="PEM of the private key that belongs to the signing certificate, without a "
        "passphrase.",
    )
    acceptance_seconds: float = Field(
        default=600,
        gt=0,
        title="Acceptance within (s)",
        description="Seconds that the server may take to accept a whole mail, while it is looked "
        "through for viruses; given up sooner, a mail may arrive twice (RFC 5321, 4.5.3.2.6).",
    )

    @field_validator("sender_address")
    @classmethod
    def _one_address(cls, address: str) -> str:
        try:
            return parsed_address(address, "sender address").addr_spec
        except HubError as error:
            raise ValueError(error.what) from error

    @field_validator("sender_name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        if not name.isprintable():
            message = "the sender name must be one line without control characters"
            raise ValueError(message)
        return name

    @field_validator("large_documents_link")
    @classmethod
    def _link(cls, template: str) -> str:
        return check_link(template) if template else template

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.split_large_documents and self.large_documents_link:
            message = "a large document is split or linked to, not both"
            raise ValueError(message)
        return self

    @property
    def beyond(self) -> TooLarge:
        """What is done with a document that is too large for one mail."""
        if self.large_documents_link:
            return TooLarge.LINK
        return TooLarge.SPLIT if self.split_large_documents else TooLarge.REFUSE

    def protection(self) -> Protection:
        """Return how mails are signed and encrypted.

        Raises:
            DefinitionWrong: a certificate or the key in the block is none, or not for this.
        """
        return Protection.from_pem(
            self.encryption_certificates,
            self.signing_certificate,
            self.signing_key.get_secret_value(),
            sender=self.sender_address,
            where=self.label,
        )

    def size_rule(self, announced: int) -> SizeRule:
        """Return how large a mail may be.

        Args:
            announced: the server's own limit in bytes; 0 if it has told none.
        """
        limit = self.size_limit_bytes
        if announced:
            limit = min(limit, max(announced - RESERVE, 0))
        return SizeRule(limit, self.beyond, self.large_documents_link)
