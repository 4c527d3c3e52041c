"""S3 against moto and rclone's server: the contract, and what only object stores get wrong."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from blocks import s3_bucket, s3_copies, s3_parts
from blocks.endpoint import AfterPickup, Endpoint, Locking, Trace
from blocks.s3 import S3Bucket
from tests.blocks.contract.crash import CrashContract
from tests.blocks.contract.network import Variants
from tests.blocks.contract.parts import MeddlingPath, listed, one, parcel_of, reached
from tests.blocks.contract.source import AcknowledgeContract, FetchContract, ListingContract
from tests.blocks.contract.target import (
    AppendContract,
    DeliveryContract,
    FlagContract,
    NamesContract,
    TargetLockContract,
)
from tests.blocks.endpoint_contract import BackDoor, NetworkContract
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.s3 import RunningS3, S3Door, moto_server, rclone_server
from transforms.errors import (
    AccessRefused,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    NotSupported,
    SpaceExhausted,
    Unreachable,
)


@pytest.fixture(scope="module")
def moto() -> Iterator[RunningS3]:
    with moto_server() as server:
        yield server


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def rclone(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[RunningS3]:
    root = tmp_path_factory.mktemp("rclone") / "data"
    with rclone_server(root, certificates=certificates) as server:
        yield server


@pytest.fixture(scope="module")
def moto_client(moto: RunningS3) -> Any:
    return moto.client()


@pytest.fixture(scope="module")
def rclone_client(rclone: RunningS3) -> Any:
    return rclone.client()


@pytest.fixture
def prefix() -> str:
    """Name what belongs to one test."""
    return f"{secrets.token_hex(4)} #1 ö"


def block(server: RunningS3, **fields: Any) -> S3Bucket:
    chosen: dict[str, Any] = {
        "url": server.url,
        "bucket": server.bucket,
        "access_key": server.access_key,
        "secret_key": server.secret_key,
        "connect_seconds": 1.5,
        "idle_seconds": 1,
    }
    return S3Bucket(**chosen | fields)


class TestMoto(ListingContract, AcknowledgeContract, TargetLockContract, CrashContract):
    """The half of the contract that is about directories, conditions and locks."""

    @pytest.fixture
    def endpoint(self, moto: RunningS3, prefix: str) -> Endpoint:
        """Return the endpoint."""
        return block(moto, prefix=prefix)

    @pytest.fixture
    def door(self, moto_client: Any, prefix: str) -> BackDoor:
        """Return the back door."""
        return S3Door(moto_client, prefix)


class TestRclone(
    FetchContract, NamesContract, DeliveryContract, AppendContract, FlagContract, NetworkContract
):
    """The other half, by a store that checks signatures and MD5 and ignores conditions."""

    @pytest.fixture
    def endpoint(self, rclone: RunningS3, certificates: Certificates, prefix: str) -> Endpoint:
        """Return the endpoint."""
        return block(rclone, prefix=prefix, ca_certificate=certificates.authority_pem)

    @pytest.fixture
    def door(self, rclone_client: Any, prefix: str) -> BackDoor:
        """Return the back door."""
        return S3Door(rclone_client, prefix)

    @pytest.fixture
    def variants(
        self, rclone: RunningS3, certificates: Certificates, tmp_path_factory: Any, prefix: str
    ) -> Variants:
        """Return the ways in which this endpoint can be set up wrongly."""
        pinned = {"prefix": prefix, "ca_certificate": certificates.authority_pem}
        other = make_certificates(tmp_path_factory.mktemp("other")).authority_pem
        return Variants(
            port=rclone.port,
            by_port=lambda port: block(rclone, url=f"https://127.0.0.1:{port}", **pinned),
            wrong_secret=block(rclone, secret_key="not-this-secret", **pinned),
            secrets=("not-this-secret", rclone.secret_key),
            unknown_identity=block(rclone, prefix=prefix, ca_certificate=other),
            missing_directory=block(rclone, bucket="not-there", **pinned),
        )


def test_a_directory_stays_when_its_last_file_is_taken(
    moto: RunningS3, moto_client: Any, prefix: str
) -> None:
    S3Door(moto_client, prefix).put_raw("ein/a.xml", b"x")
    with block(moto, prefix=prefix).connect() as connection:
        connection.acknowledge(one(connection, "ein/a.xml"), AfterPickup.DELETE)
        assert listed(connection, "ein") == set()


def test_a_listing_is_read_page_by_page(
    moto: RunningS3,
    moto_client: Any,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3_bucket, "PAGE", 3)
    names = {f"{number}.xml" for number in range(10)}
    for name in names:
        S3Door(moto_client, prefix).put_raw(name, name.encode())
    with block(moto, prefix=prefix).connect() as connection:
        files = list(connection.list_files("", recursive=False))
        answers = connection.fetch_many([(file, tmp_path / file.name) for file in files])
    assert {file.name for file in files} == names
    assert not [answer for answer in answers if isinstance(answer, EndpointError)]
    assert all((tmp_path / name).read_text() == name for name in names)


def test_a_large_file_travels_in_parts(
    moto: RunningS3,
    moto_client: Any,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = secrets.token_bytes(s3_parts.PART * 2 + 1)
    parcel = parcel_of(tmp_path, content, name="a.bin")
    for module in (s3_parts, s3_copies):
        monkeypatch.setattr(module, "COPIED", 5 << 20)
    with block(moto, prefix=prefix).connect() as connection:
        connection.publish(parcel, connection.stage(parcel))
        fingerprint = connection.fetch(one(connection, "a.bin"), tmp_path / "to")
    assert fingerprint == parcel.fingerprint
    assert (tmp_path / "to").read_bytes() == content
    assert S3Door(moto_client, prefix).uploads() == set()
    etag = moto_client.head_object(Bucket=moto.bucket, Key=f"{prefix}/a.bin")["ETag"]
    assert etag.endswith('-4"')  # Sent as three parts, and copied as four.


def test_a_file_that_is_replaced_between_its_parts_is_told(
    moto: RunningS3,
    moto_client: Any,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3_parts, "PART", 1 << 16)
    monkeypatch.setattr(s3_parts, "AHEAD", 1)
    door = S3Door(moto_client, prefix)
    door.put_raw("a.bin", b"a" * (1 << 18))
    to = MeddlingPath(tmp_path / "to")
    to.meddle = lambda: door.put_raw("a.bin", b"b" * (1 << 18))
    with block(moto, prefix=prefix).connect() as connection, pytest.raises(FileChanged):
        connection.fetch(one(connection, "a.bin"), to)
    assert not to.exists()


def test_a_store_that_tells_another_time_of_a_single_object_is_no_change(
    rclone: RunningS3, rclone_client: Any, certificates: Certificates, prefix: str, tmp_path: Path
) -> None:
    rclone_client.put_object(
        Bucket=rclone.bucket,
        Key=f"{prefix}/old.xml",
        Body=b"x",
        Metadata={"mtime": "1700000000.123456789"},
    )
    rclone_client.copy_object(
        Bucket=rclone.bucket, Key=f"{prefix}/a.xml", CopySource=f"{rclone.bucket}/{prefix}/old.xml"
    )
    pinned = block(rclone, prefix=prefix, ca_certificate=certificates.authority_pem)
    with pinned.connect() as connection:
        file = one(connection, "a.xml")
        told = rclone_client.head_object(Bucket=rclone.bucket, Key=f"{prefix}/a.xml")
        assert file.modified
        assert told["LastModified"] > file.modified + timedelta(days=1)
        assert connection.fetch(file, tmp_path / "to").size == 1
        assert connection.acknowledge(file, AfterPickup.DELETE) == "deleted"


def test_an_upload_that_a_crash_left_is_ended(
    moto: RunningS3, moto_client: Any, prefix: str, tmp_path: Path
) -> None:
    door = S3Door(moto_client, prefix)
    parcel = parcel_of(tmp_path, name="a.xml")
    with block(moto, prefix=prefix).connect() as connection:
        for key in (connection.stage(parcel).temporary, "somebody-elses.bin"):
            moto_client.create_multipart_upload(Bucket=moto.bucket, Key=f"{prefix}/{key}")
        assert connection.trace(parcel, None)[0] is Trace.ABSENT
    assert door.uploads() == {"somebody-elses.bin"}


def test_unfinished_files_lie_below_the_staging_prefix(
    moto: RunningS3, moto_client: Any, prefix: str, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, name="a.xml")
    with block(moto, prefix=prefix, staging_prefix=f"un{prefix}").connect() as connection:
        staged = connection.stage(parcel)
        assert S3Door(moto_client, prefix).list_raw() == set()
        assert S3Door(moto_client, f"un{prefix}").list_raw() == {f"{prefix}/{staged.temporary}"}
        connection.publish(parcel, staged)
    assert S3Door(moto_client, prefix).list_raw() == {"a.xml"}
    assert S3Door(moto_client, f"un{prefix}").list_raw() == set()


def test_a_store_that_ignores_conditions_is_not_relied_on_for_locks(
    rclone: RunningS3, rclone_client: Any, certificates: Certificates, prefix: str
) -> None:
    S3Door(rclone_client, prefix).put_raw("a.xml", b"x")
    pinned = block(rclone, prefix=prefix, ca_certificate=certificates.authority_pem)
    with pinned.connect() as connection:
        with pytest.raises(NotSupported, match="If-None-Match"):
            connection.lock(one(connection, "a.xml"), "mine", Locking.LOCK_FILE)
        assert S3Door(rclone_client, prefix).list_raw() == {"a.xml"}


def test_keys_and_address_come_from_the_block_alone(
    rclone: RunningS3, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rclone.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rclone.secret_key)
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    pinned = {"ca_certificate": certificates.authority_pem}
    assert "locking has to stay off" in reached(block(rclone, **pinned))
    with pytest.raises(AccessRefused, match="wrong secret key"):
        reached(block(rclone, secret_key="wrong", **pinned))


@pytest.mark.parametrize(
    ("status", "code", "error", "text"),
    [
        (404, "NoSuchBucket", DirectoryMissing, "bucket"),
        (403, "AccessDenied", AccessRefused, "Allow the key"),
        (403, "InvalidAccessKeyId", AccessRefused, "access key"),
        (403, "RequestTimeTooSkewed", AccessRefused, "clock"),
        (403, "QuotaExceeded", SpaceExhausted, "quota"),
        (507, "XMinioStorageFull", SpaceExhausted, "full"),
        (400, "EntityTooLarge", NotSupported, "larger"),
        (503, "SlowDown", Unreachable, "too much"),
        (500, "InternalError", Unreachable, "failed"),
        (302, "", NotSupported, "address"),
    ],
)
def test_what_a_store_refuses_is_told(
    status: int, code: str, error: type[EndpointError], text: str
) -> None:
    asked: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            port = server.server_address[1]
            store = RunningS3(f"http://127.0.0.1:{port}", port)
            with pytest.raises(error, match=text) as caught:
                reached(block(store))
        finally:
            server.shutdown()
            thread.join()
    assert store.secret_key not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert len(asked) == 1  # No attempt of the library's own.


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "ftp://host"},
        {"url": "https://user:pw@host"},
        {"url": "https://host/bucket"},
        {"bucket": "a/b"},
        {"prefix": "a/../b"},
        {"secret_key": ""},
    ],
)
def test_the_form_is_checked(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        block(RunningS3("https://host", 443), **fields)
