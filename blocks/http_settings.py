"""The form of a web service: address, login, how it takes documents and how it lists them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Self

import httpx
from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from blocks.endpoint import Endpoint
from blocks.http_body import TEXTS, BodyKind, check_fields, check_template
from blocks.tls import LONG_TEXT, CaCertificate, ClientCertificate, ClientKey, ClientPassphrase

HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Names of headers (RFC 9110, section 5.1)."""
ELEMENT = re.compile(r"[^\W\d][\w.-]*")
TOKEN = re.compile(r"[!-~]+")
"""Bearer tokens, with more signs than RFC 6750, section 2.1, has: servers give others too."""
ITEM = ("items", "link", "name", "size", "modified", "etag", "next")
IN_LISTING = frozenset({"directory"})
IN_ACKNOWLEDGING = frozenset({"url", "name", "id"})


class Login(StrEnum):
    """How the hub shows who it is."""

    NONE = "NONE"
    BASIC = "BASIC"
    BEARER = "BEARER"
    OAUTH2 = "OAUTH2"


class Method(StrEnum):
    """How documents are delivered."""

    POST = "POST"
    PUT = "PUT"


class Listing(StrEnum):
    """How a service says what it offers."""

    NONE = "NONE"
    """It offers nothing: the service is a target only."""
    JSON = "JSON"
    ATOM = "ATOM"


class Acknowledge(StrEnum):
    """What the pickup rule DELETE does at the service."""

    DELETE = "DELETE"
    POST = "POST"
    PUT = "PUT"


class HttpSettings(Endpoint):
    """The fields of the block `HttpService`, checked."""

    # Else what is wrong with two fields together is told with all of them, secrets too.
    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field(
        title="Address",
        description="Address that the paths below continue; with http all travels readable.",
        examples=["https://dms.example/api/v1"],
    )
    login: Login = Field(
        default=Login.NONE,
        title="Login",
        description="BASIC: user and password; BEARER: a fixed token; OAUTH2: client id and "
        "secret at a token endpoint. A client certificate works beside each of them.",
    )
    user: str = Field(default="", title="User", description="For BASIC.")
    password: SecretStr = Field(default=SecretStr(""), title="Password", description="For BASIC.")
    token: SecretStr = Field(default=SecretStr(""), title="Token", description="For BEARER.")
    token_url: str = Field(
        default="",
        title="Token endpoint",
        description="For OAUTH2: address that gives access tokens.",
        examples=["https://login.example/realms/hub/protocol/openid-connect/token"],
    )
    client_id: str = Field(default="", title="Client id", description="For OAUTH2.")
    client_secret: SecretStr = Field(
        default=SecretStr(""),
        title="Client secret",
        description="For OAUTH2; empty: the client certificate says who asks.",
    )
    scope: str = Field(
        default="", title="Scope", description="For OAUTH2; empty: what the server gives anyway."
    )
    client_certificate: ClientCertificate = ""
    client_key: ClientKey = SecretStr("")
    client_passphrase: ClientPassphrase = SecretStr("")
    ca_certificate: CaCertificate = ""
    method: Method = Field(
        default=Method.POST, title="Method", description="How documents are delivered."
    )
    delivery_path: str = Field(
        default="",
        title="Delivery path",
        description="Below the address; {name}, {directory}, {key}, {sha256} and {size} are "
        "filled in.",
        examples=["documents/{directory}/{name}"],
    )
    body: BodyKind = Field(
        default=BodyKind.RAW,
        title="Body",
        description="RAW: the document itself; MULTIPART: a form with the document as a file; "
        "JSON and SOAP: the template below.",
    )
    content_type: str = Field(
        default="application/octet-stream",
        title="Content type",
        description="Of the document, for RAW and MULTIPART.",
    )
    template: str = Field(
        default="",
        title="Template",
        description="JSON: an object with {content} where the document goes as base64. SOAP: an "
        "envelope with {content}, or with {xml} where the document's root element goes. MULTIPART: a "
        "JSON object of further form fields. The fields of the delivery path work too.",
        json_schema_extra=LONG_TEXT,
    )
    part_name: str = Field(
        default="file", title="Form field", description="For MULTIPART: the file's field."
    )
    soap_action: str = Field(default="", title="SOAP action", description="For SOAP.")
    key_header: str = Field(
        default="Idempotency-Key",
        title="Key header",
        description="Header with a key that is the same on every attempt of a delivery; empty: "
        "none.",
    )
    repeatable: bool = Field(
        default=False,
        title="Knows the key",
        description="The service takes a document only once under the same key, so that one "
        "without proof may be sent again.",
    )
    status_path: str = Field(
        default="",
        title="Status path",
        description="Below the address; asked by GET whether a document without proof arrived. "
        "The fields of the delivery path work. Empty: PUT and RAW with {name} or {key} in the "
        "path are asked for the document itself, others for nothing.",
        examples=["documents/by-key/{key}", "documents?sha256={sha256}"],
    )
    status_pointer: str = Field(
        default="",
        title="Status: arrived",
        description="JSON pointer that leads to something (not null, false, 0 or empty) once the "
        "document arrived; empty: an answer 200 says so, and 404 that it did not.",
        examples=["/items/0", "/state/received"],
    )
    absence_is_proof: bool = Field(
        default=False,
        title="Absence is proof",
        description="The service shows a document as soon as it has taken it, and for good, so "
        "that one which is not shown did not arrive and is sent again.",
    )
    reference_from: str = Field(
        default="",
        title="Reference",
        description="Where the answer names the document: a JSON pointer, // and the name of an "
        "XML element, or a header.",
        examples=["/id", "//receiptId", "Location"],
    )
    size_limit_bytes: int = Field(
        default=25_000_000,
        ge=1,
        le=150_000_000,
        title="Size limit (bytes)",
        description="Largest document that is embedded as {xml}, which is done in memory.",
    )
    listing: Listing = Field(
        default=Listing.NONE,
        title="Listing",
        description="As a source: how the service says what it offers.",
    )
    listing_path: str = Field(
        default="",
        title="Listing path",
        description="Below the address; {directory} is filled in.",
        examples=["documents?folder={directory}"],
    )
    json_items: str = Field(
        default="/items",
        title="Items",
        description="JSON pointer to the array; empty: the whole answer.",
    )
    json_link: str = Field(
        default="/url", title="Item: address", description="JSON pointer within an item."
    )
    json_name: str = Field(
        default="/name",
        title="Item: name",
        description="JSON pointer within an item; empty: the end of the address.",
    )
    json_size: str = Field(
        default="/size",
        title="Item: bytes",
        description="JSON pointer within an item; without a size the document is asked by HEAD.",
    )
    json_modified: str = Field(
        default="/modified",
        title="Item: changed",
        description="JSON pointer within an item to ISO 8601 or seconds since 1970.",
    )
    json_etag: str = Field(
        default="/etag",
        title="Item: ETag",
        description="JSON pointer within an item to what the download's header ETag says.",
    )
    json_next: str = Field(
        default="/next",
        title="Next page",
        description="JSON pointer to the next page's address; a header Link counts too.",
    )
    acknowledge: Acknowledge = Field(
        default=Acknowledge.DELETE,
        title="Acknowledge by",
        description="What the pickup rule DELETE does: DELETE the document's address, or POST or "
        "PUT to the address below.",
    )
    acknowledge_path: str = Field(
        default="",
        title="Acknowledge at",
        description="For POST and PUT; {url} is the document's address, {id} its end, {name} its "
        "name.",
        examples=["{url}/received", "receipts/{id}"],
    )
    allowed_hosts: list[str] = Field(
        default=[],
        title="Other hosts",
        description="Hosts, with port if not the usual one, that links of the listing may lead "
        "to; no login is sent there.",
        examples=[["files.dms.example"]],
    )

    @field_validator("url", "token_url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL as error:
            message = "this is no address; write https://host/path"
            raise ValueError(message) from error
        if url and (parsed.scheme not in {"http", "https"} or not parsed.host):
            message = "write an address such as https://host/path"
            raise ValueError(message)
        if parsed.userinfo or parsed.query or parsed.fragment:
            message = "leave user, ? and # out of the address; secrets have own fields"
            raise ValueError(message)
        return url

    @field_validator("key_header")
    @classmethod
    def _header_name(cls, name: str) -> str:
        if name and not HEADER.fullmatch(name):
            message = "this is no name of a header"
            raise ValueError(message)
        return name

    @field_validator("content_type", "soap_action", "part_name")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if not text.isascii() or (text and not text.isprintable()):
            message = "write one line of ASCII"
            raise ValueError(message)
        return text

    @field_validator("reference_from")
    @classmethod
    def _pointer_or_header(cls, text: str) -> str:
        if text.startswith("//") and not ELEMENT.fullmatch(text[2:]):
            message = "write // and the name of an element, without prefix"
            raise ValueError(message)
        return text if text.startswith("/") else cls._header_name(text)

    @field_validator("token")
    @classmethod
    def _token_alone(cls, token: SecretStr) -> SecretStr:
        plain = token.get_secret_value().strip()
        if plain and not is_token(plain):
            message = "paste the token alone, as one line"
            raise ValueError(message)
        return SecretStr(plain)

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, hosts: list[str]) -> list[str]:
        for host in hosts:
            try:
                parsed = httpx.URL(f"https://{host}")
            except httpx.InvalidURL:
                parsed = httpx.URL()
            if not parsed.host or parsed.userinfo or parsed.raw_path != b"/":
                message = "write hosts such as files.dms.example or files.dms.example:8443"
                raise ValueError(message)
        return hosts

    @field_validator("delivery_path", "status_path")
    @classmethod
    def _delivery_fields(cls, template: str) -> str:
        return check_fields(_below(template), TEXTS)

    @field_validator("listing_path")
    @classmethod
    def _listing_fields(cls, template: str) -> str:
        return check_fields(_below(template), IN_LISTING)

    @field_validator("acknowledge_path")
    @classmethod
    def _acknowledge_fields(cls, template: str) -> str:
        if "{url}" in template[1:]:
            message = "{url} can stand at the beginning only"
            raise ValueError(message)
        return check_fields(_below(template), IN_ACKNOWLEDGING)

    @field_validator("status_pointer", *(f"json_{one}" for one in ITEM))
    @classmethod
    def _pointer(cls, pointer: str) -> str:
        if pointer and not pointer.startswith("/"):
            message = "write a JSON pointer such as /items, or nothing for the whole answer"
            raise ValueError(message)
        return pointer

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_template(self.body, self.template)
        needed = {Login.BASIC: "user", Login.BEARER: "token", Login.OAUTH2: "token_url"}
        field = needed.get(self.login, "url")
        given = getattr(self, field)
        if not (given.get_secret_value() if isinstance(given, SecretStr) else given):
            message = f"{self.login.value} needs the field {field}"
            raise ValueError(message)
        if self.acknowledge is not Acknowledge.DELETE and not self.acknowledge_path:
            message = "to acknowledge by POST or PUT, write where to"
            raise ValueError(message)
        return self


def is_token(text: str) -> bool:
    """Tell whether a text can be a bearer token (RFC 6750, section 2.1)."""
    return bool(TOKEN.fullmatch(text))


def _below(template: str) -> str:
    """Return a path below the address, which no fact can lead to another server."""
    if "://" in template or template.startswith("/") or "#" in template:
        message = "write a path below the address, without / at its beginning and without #"
        raise ValueError(message)
    return template
