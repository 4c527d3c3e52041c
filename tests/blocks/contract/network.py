"""The promises of an endpoint that speaks to a server: refusals that help, and limits that end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from blocks.endpoint import AfterPickup, Can, Connection, Endpoint, Trace
from tests.blocks.contract.parts import BackDoor, Fixtures, listed, needs, one, parcel_of, reached
from tests.servers.proxy import Fault, Proxy, proxy_to
from transforms.document import fingerprint_of
from transforms.errors import (
    AccessRefused,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    IdentityUnknown,
    Unreachable,
)

SECONDS = 0.5
"""The limits that the tests of hung servers set."""
PATIENT = {"idle_seconds": 100.0}
"""A limit that is of no help: only the one of the whole ends it."""

LARGE = b"0123456789abcdef" * (1 << 20)
"""16 MiB: more than any buffer on the way holds."""


STALLS = {"idle": Fault.HANG, "total": Fault.HANG, "trickle": Fault.TRICKLE}
"""How a server stops serving, by which limit has to end it; one byte at a time is never silence."""


@dataclass(frozen=True, slots=True)
class Variants:
    """The same endpoint, set up wrongly.

    Attributes:
        port: the server's port on 127.0.0.1.
        by_port: makes the endpoint as it would be with the server on another port.
        wrong_secret: with a password or key that the server does not accept.
        secrets: texts that no error may show.
        unknown_identity: pinned to another host key or authority; None for a server that has no
            identity, such as plain http.
        missing_directory: with a base directory that is not there.
    """

    port: int
    by_port: Callable[[int], Endpoint]
    wrong_secret: Endpoint
    secrets: tuple[str, ...]
    unknown_identity: Endpoint | None
    missing_directory: Endpoint


class NetworkContract(Fixtures):
    """What is promised beyond files."""

    seconds: ClassVar[float] = SECONDS

    @pytest.fixture
    def variants(self) -> Variants:
        """Return the ways in which this endpoint can be set up wrongly."""
        raise NotImplementedError

    def proxied(self, port: int) -> AbstractContextManager[Proxy]:
        """Run a proxy before the server on this port of 127.0.0.1."""
        return proxy_to(port)

    def test_a_wrong_secret_is_refused_and_not_shown(self, variants: Variants) -> None:
        with pytest.raises(AccessRefused) as caught, variants.wrong_secret.connect() as connection:
            listed(connection)
        assert not isinstance(caught.value, IdentityUnknown)
        assert caught.value.remedy
        shown = f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
        assert not any(secret in shown for secret in variants.secrets)

    def test_an_unknown_server_is_refused(self, variants: Variants) -> None:
        if variants.unknown_identity is None:
            pytest.skip("this server has no identity to be pinned")
        with (
            pytest.raises(IdentityUnknown) as caught,
            variants.unknown_identity.connect() as connection,
        ):
            listed(connection)
        assert not any(secret in str(caught.value) for secret in variants.secrets)

    def test_a_missing_base_directory_is_told(self, variants: Variants) -> None:
        with pytest.raises(DirectoryMissing):
            reached(variants.missing_directory)

    def test_nobody_listens(self, variants: Variants) -> None:
        with self.proxied(variants.port) as proxy:
            deserted = variants.by_port(proxy.port)
        with pytest.raises(Unreachable):
            reached(deserted)

    def test_a_server_that_never_answers_is_given_up(self, variants: Variants) -> None:
        with self.proxied(variants.port) as proxy:
            proxy.hang()
            limits = {"connect_seconds": self.seconds, "idle_seconds": self.seconds}
            hurried = variants.by_port(proxy.port).model_copy(update=limits)
            self._ends_in_time(lambda: reached(hurried))

    @pytest.mark.parametrize("stall", STALLS)
    def test_a_server_that_lists_nothing_is_given_up(self, variants: Variants, stall: str) -> None:
        with self._stalling(variants, stall) as (proxy, connection):
            proxy.fail(STALLS[stall])
            self._ends_in_time(lambda: listed(connection))

    @pytest.mark.parametrize("stall", STALLS)
    def test_a_server_that_falls_silent_is_given_up(
        self, variants: Variants, door: BackDoor, tmp_path: Path, stall: str
    ) -> None:
        door.put_raw("a.bin", LARGE)
        with self._stalling(variants, stall) as (proxy, connection):
            file = one(connection, "a.bin")
            proxy.fail(STALLS[stall])
            self._ends_in_time(lambda: connection.fetch(file, tmp_path / "to"))
        assert not (tmp_path / "to").exists()

    @pytest.mark.parametrize("stall", STALLS)
    def test_a_server_that_stops_reading_is_given_up(
        self,
        variants: Variants,
        endpoint: Endpoint,
        door: BackDoor,
        tmp_path: Path,
        stall: str,
    ) -> None:
        needs(endpoint, Can.DELIVER)
        parcel = parcel_of(tmp_path, LARGE, "a.bin")
        with self._stalling(variants, stall) as (proxy, connection):
            proxy.after_upload_of(1 << 18, STALLS[stall])
            self._ends_in_time(lambda: connection.stage(parcel))
        assert door.get_raw("a.bin") is None

    def test_a_fetch_goes_on_where_the_line_was_cut(
        self, variants: Variants, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.RESUME)
        door.put_raw("a.bin", LARGE)
        with self.proxied(variants.port) as proxy:
            broken = variants.by_port(proxy.port)
            with broken.connect() as connection:
                file = one(connection, "a.bin")
                proxy.cut_after_download_of(proxy.downloaded + len(LARGE) // 2)
                with pytest.raises(Unreachable):
                    connection.fetch(file, tmp_path / "to")
            assert not (tmp_path / "to").exists()
            before = proxy.downloaded
            with broken.connect() as connection:
                fingerprint = connection.fetch(file, tmp_path / "to")
            assert proxy.downloaded - before < len(LARGE) * 7 // 8
        assert (tmp_path / "to").read_bytes() == LARGE
        assert fingerprint == fingerprint_of(tmp_path / "to")
        assert [path.name for path in tmp_path.iterdir()] == ["to"]

    def test_a_line_cut_in_mid_upload_leaves_nothing_visible(
        self, variants: Variants, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.DELIVER)
        parcel = parcel_of(tmp_path, LARGE, "a.bin")
        with (
            self.proxied(variants.port) as proxy,
            variants.by_port(proxy.port).connect() as connection,
        ):
            proxy.after_upload_of(len(LARGE) // 2, Fault.CUT)
            with pytest.raises(Unreachable):
                connection.stage(parcel)
        assert door.get_raw("a.bin") is None
        with endpoint.connect() as connection:
            assert listed(connection) == set()
            assert connection.trace(parcel, None)[0] is Trace.ABSENT
            connection.publish(parcel, connection.stage(parcel))
        assert door.list_raw() == {"a.bin"}
        assert door.get_raw("a.bin") == LARGE

    def test_a_line_cut_before_publishing_is_no_proof(
        self, variants: Variants, endpoint: Endpoint, door: BackDoor, tmp_path: Path
    ) -> None:
        needs(endpoint, Can.DELIVER)
        parcel = parcel_of(tmp_path, b"x", "a.xml")
        with (
            self.proxied(variants.port) as proxy,
            variants.by_port(proxy.port).connect() as connection,
        ):
            staged = connection.stage(parcel)
            proxy.hang()
            proxy.cut()
            with pytest.raises(DeliveryUnconfirmed):
                connection.publish(parcel, staged)
        with endpoint.connect() as connection:
            assert connection.trace(parcel, staged)[0] is Trace.STAGED
            connection.publish(parcel, staged)
        assert door.list_raw() == {"a.xml"}

    def test_a_line_cut_before_acknowledging_changes_nothing(
        self, variants: Variants, endpoint: Endpoint, door: BackDoor
    ) -> None:
        door.put_raw("a.xml", b"x")
        with (
            self.proxied(variants.port) as proxy,
            variants.by_port(proxy.port).connect() as connection,
        ):
            file = one(connection, "a.xml")
            proxy.hang()
            proxy.cut()
            with pytest.raises(Unreachable):
                connection.acknowledge(file, AfterPickup.DELETE)
        assert door.list_raw() == {"a.xml"}
        with endpoint.connect() as connection:
            connection.acknowledge(file, AfterPickup.DELETE)
        assert door.list_raw() == set()

    @contextmanager
    def _stalling(self, variants: Variants, stall: str) -> Iterator[tuple[Proxy, Connection]]:
        """Connect through a proxy, with the one limit that has to end what stalls."""
        limits = {"idle_seconds": self.seconds}
        if stall != "idle":
            limits = {"total_seconds": self.seconds, **PATIENT}
        with self.proxied(variants.port) as proxy:
            hurried = variants.by_port(proxy.port).model_copy(update=limits)
            with hurried.connect() as connection:
                yield proxy, connection

    def _ends_in_time(self, call: Callable[[], object]) -> None:
        began = time.monotonic()
        with pytest.raises(EndpointError) as caught:
            call()
        assert isinstance(caught.value, Unreachable), caught.value
        # Twice the limit for its own sake, the rest for a busy machine.
        assert time.monotonic() - began < 2 * self.seconds + 6
