"""S3 against moto and rclone's server: the contract, and what only object stores get wrong."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from botocore import auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

from blocks import s3_bucket, s3_copies, s3_driver, s3_parts, s3_target
from blocks.endpoint import (
    AfterPickup,
    Connection,
    Endpoint,
    Locking,
    Parcel,
    Receipt,
    Staged,
    Trace,
)
from blocks.s3 import S3Bucket
from blocks.s3_signing import Account, Signer
from tests.blocks.contract import network
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
from tests.servers import certificates as certificates_module
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.s3 import RunningS3, S3Door, moto_server, rclone_server, refusing
from transforms.errors import (
    AccessRefused,
    AlreadyThere,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    FileChanged,
    FileMissing,
    IdentityUnknown,
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


HURRIED = {"connect_seconds": 0.6, "idle_seconds": 0.6}


def staged_at_once(connection: Connection, parcels: list[Parcel]) -> list[tuple[Parcel, Staged]]:
    """Stage several parcels, each of which must succeed."""
    answers = connection.stage_many(parcels)
    assert not [answer for answer in answers if isinstance(answer, EndpointError)]
    pairs = zip(parcels, answers, strict=True)
    return [(parcel, where) for parcel, where in pairs if isinstance(where, Staged)]


class TestMoto(ListingContract, AcknowledgeContract, TargetLockContract):
    """The half of the contract that is about directories, conditions and locks."""

    @pytest.fixture
    def endpoint(self, moto: RunningS3, prefix: str) -> Endpoint:
        """Return the endpoint."""
        return block(moto, prefix=prefix)

    @pytest.fixture
    def door(self, moto_client: Any, prefix: str) -> BackDoor:
        """Return the back door."""
        return S3Door(moto_client, prefix)


class TestCrash(CrashContract):
    """What is found after a crash, in each of the three ways in which a file gets there."""

    @pytest.fixture(params=["put", "in parts", "copied"])
    def endpoint(
        self,
        moto: RunningS3,
        prefix: str,
        request: pytest.FixtureRequest,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Endpoint:
        """Return the endpoint."""
        if request.param == "in parts":
            monkeypatch.setattr(s3_target, "LARGE", 1)
        return block(moto, prefix=prefix, read_back=request.param == "copied")

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

    @pytest.fixture(autouse=True)
    def _short_limits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(network, "SECONDS", 0.5)

    @pytest.fixture
    def variants(
        self, rclone: RunningS3, certificates: Certificates, tmp_path_factory: Any, prefix: str
    ) -> Variants:
        """Return the ways in which this endpoint can be set up wrongly."""
        pinned = {"prefix": prefix, "ca_certificate": certificates.authority_pem}
        other = make_certificates(tmp_path_factory.mktemp("other")).authority_pem
        return Variants(
            port=rclone.port,
            by_port=lambda port: block(
                rclone, url=f"https://127.0.0.1:{port}", **pinned, **HURRIED
            ),
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


@pytest.mark.parametrize("read_back", [False, True])
def test_a_large_file_travels_in_parts(
    moto: RunningS3,
    moto_client: Any,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    read_back: bool,
) -> None:
    content = secrets.token_bytes((10 << 20) + 1)
    parcel = parcel_of(tmp_path, content, name="a.bin")
    for module in (s3_driver, s3_parts):
        monkeypatch.setattr(module, "PART", 5 << 20)
    for module in (s3_parts, s3_copies):
        monkeypatch.setattr(module, "COPIED", 6 << 20)
    with block(moto, prefix=prefix, read_back=read_back).connect() as connection:
        connection.publish(parcel, connection.stage(parcel))
        fingerprint = connection.fetch(one(connection, "a.bin"), tmp_path / "to")
    assert fingerprint == parcel.fingerprint
    assert (tmp_path / "to").read_bytes() == content
    door = S3Door(moto_client, prefix)
    assert (door.uploads(), door.list_raw()) == (set(), {"a.bin"})
    etag = moto_client.head_object(Bucket=moto.bucket, Key=f"{prefix}/a.bin")["ETag"]
    # Sent as three parts; what is read back first is then copied as two.
    assert etag.endswith('-2"' if read_back else '-3"')


def test_an_upload_that_the_store_drops_is_sent_again(
    moto: RunningS3, moto_client: Any, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_target, "LARGE", 1)
    parcel = parcel_of(tmp_path, b"large", name="a.bin")
    with block(moto, prefix=prefix).connect() as connection:
        staged = connection.stage(parcel)
        told = moto_client.list_multipart_uploads(Bucket=moto.bucket, Prefix=f"{prefix}/a.bin")
        (upload,) = told["Uploads"]
        moto_client.abort_multipart_upload(
            Bucket=moto.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
        )
        with pytest.raises(DeliveryUnconfirmed):
            connection.publish(parcel, staged)
        assert connection.trace(parcel, staged)[0] is Trace.ABSENT
        connection.stage(parcel)
        connection.publish(parcel, connection.stage(parcel))
    door = S3Door(moto_client, prefix)
    assert (door.uploads(), door.list_raw()) == (set(), {"a.bin"})


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_note_tells_which_of_many_small_files_are_not_there_yet(
    moto: RunningS3, moto_client: Any, prefix: str, tmp_path: Path, *, overwrite: bool
) -> None:
    door = S3Door(moto_client, prefix)
    door.put_raw("theirs", b"x")
    names = ("a", "b", "c", "d")
    parcels = [parcel_of(tmp_path, b"x", name, overwrite=overwrite) for name in names]
    with block(moto, prefix=prefix).connect() as connection:
        pairs = staged_at_once(connection, parcels)
        (note,) = door.list_raw() - {"theirs"}
        assert all(where.temporary == note for _, where in pairs)
        if not overwrite:
            door.put_raw("b", b"somebody else's")
        answers = connection.publish_many(pairs[:2])
        assert isinstance(answers[0], Receipt)
        assert isinstance(answers[1], Receipt if overwrite else AlreadyThere)
        door.remove_raw("a")
    with block(moto, prefix=prefix).connect() as connection:
        traced = [connection.trace(*pair)[0] for pair in pairs]
        second = Trace.PUBLISHED if overwrite else Trace.STAGED
        assert traced == [Trace.PUBLISHED, second, Trace.STAGED, Trace.STAGED]
        with pytest.raises(FileMissing):
            connection.publish(*pairs[0])
        connection.publish(*pairs[2])
        assert connection.trace(parcels[1], None)[0] is Trace.ABSENT
        assert note in door.list_raw()
        connection.publish(*pairs[3])
    assert door.list_raw() == {"theirs", "b", "c", "d"}


def test_a_file_that_is_replaced_between_its_parts_is_told(
    moto: RunningS3,
    moto_client: Any,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3_parts, "PART", 1 << 16)
    monkeypatch.setattr(s3_parts, "READ_AHEAD", 1)
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
        (301, "PermanentRedirect", AccessRefused, "region"),
        (400, "AuthorizationHeaderMalformed", AccessRefused, "region"),
    ],
)
def test_what_a_store_refuses_is_told(
    moto: RunningS3, status: int, code: str, error: type[EndpointError], text: str
) -> None:
    with refusing(moto, "LIST", status, code) as store, pytest.raises(error, match=text) as caught:
        reached(block(store))
    assert store.secret_key not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "AccessDenied", AccessRefused),
        (507, "", SpaceExhausted),
        (403, "QuotaExceeded", SpaceExhausted),
        (503, "SlowDown", Unreachable),
    ],
)
def test_what_cannot_be_put_is_told(
    moto: RunningS3, prefix: str, tmp_path: Path, status: int, code: str, error: type[EndpointError]
) -> None:
    parcels = [parcel_of(tmp_path, name=f"{number}.xml") for number in range(3)]
    with (
        refusing(moto, "PUT", status, code) as store,
        block(store, prefix=prefix).connect() as connection,
    ):
        alone = connection.stage_many(parcels[:1])
        answers = alone + connection.stage_many(parcels)
        assert all(isinstance(answer, error) for answer in answers), answers
        assert listed(connection) == set()


@pytest.mark.parametrize("methods", ["GET", "POST DELETE"])
def test_what_may_not_be_got_or_deleted_stays(
    moto: RunningS3, moto_client: Any, prefix: str, tmp_path: Path, methods: str
) -> None:
    door = S3Door(moto_client, prefix)
    for name in ("a.xml", "b.xml"):
        door.put_raw(name, b"x")
    with (
        refusing(moto, methods, 403, "AccessDenied") as store,
        block(store, prefix=prefix).connect() as connection,
    ):
        files = list(connection.list_files("", recursive=False))
        fetched = connection.fetch_many([(file, tmp_path / file.name) for file in files])
        if methods == "GET":
            assert all(isinstance(answer, AccessRefused) for answer in fetched)
            return
        deleted = connection.acknowledge_many(files, AfterPickup.DELETE)
        assert all(isinstance(answer, AccessRefused) for answer in deleted)
    assert door.list_raw() == {"a.xml", "b.xml"}


def test_who_may_not_delete_delivers_all_the_same(
    moto: RunningS3, moto_client: Any, prefix: str, tmp_path: Path
) -> None:
    parcels = [parcel_of(tmp_path, name=name) for name in ("a.xml", "b.xml")]
    with (
        refusing(moto, "POST DELETE", 403, "AccessDenied", below="?delete") as store,
        block(store, prefix=prefix).connect() as connection,
    ):
        pairs = staged_at_once(connection, parcels)
        assert all(isinstance(one, Receipt) for one in connection.publish_many(pairs))
    assert {"a.xml", "b.xml"} < S3Door(moto_client, prefix).list_raw()


def test_an_expired_certificate_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class LastWeek(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> LastWeek:
            return cls.fromtimestamp(time.time() - 7 * 24 * 3600, tz)

    monkeypatch.setattr(certificates_module, "datetime", LastWeek)
    expired = make_certificates(tmp_path / "certificates")
    with (
        rclone_server(tmp_path / "data", certificates=expired) as server,
        pytest.raises(IdentityUnknown, match="expired"),
    ):
        reached(block(server, ca_certificate=expired.authority_pem))


def test_requests_are_signed_as_the_reference_does(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account("https://s3.example", "b", "eu-1", "ID", "secret", "token", path_style=True)
    moment = time.gmtime(1_700_000_000)
    monkeypatch.setattr("blocks.s3_signing.time.gmtime", lambda: moment)
    path, query = "/b/%C3%A4%20%23%2B~.xml", "list-type=2&prefix=a%2Fb%20c"
    given = {"Range": "bytes=0-1", "If-None-Match": "*", "x-amz-copy-source": "b/%C3%A4"}
    found = Signer(account, "s3.example").signed("PUT", path, query, given, b"body")
    request = AWSRequest("PUT", f"http://s3.example{path}?{query}", dict(given), data=b"body")
    reference = auth.S3SigV4Auth(Credentials("ID", "secret", "token"), "s3", "eu-1")
    monkeypatch.setattr(auth, "get_current_datetime", lambda: datetime(*moment[:6], tzinfo=UTC))
    reference.add_auth(request)
    assert found["Authorization"] == request.headers["Authorization"]


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
