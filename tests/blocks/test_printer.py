"""Documents are printed once, as asked for, or the printer's refusal says what it offers."""

from __future__ import annotations

import socket
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from blocks.endpoint import Receipt, Staged, Trace
from blocks.ipp_ticket import DocumentFormat, Sides
from blocks.printer import Printer
from tests.blocks.contract.parts import parcel_of, reached
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.cups import RunningCups, cups_server
from tests.servers.daemons import eventually, free_port
from tests.servers.ippeve import Printed, RunningPrinter, ippeve_printer, protected
from tests.servers.proxy import Fault, proxy_to
from transforms.errors import (
    AccessRefused,
    DeliveryUnconfirmed,
    DirectoryMissing,
    EndpointError,
    IdentityUnknown,
    NameNotAllowed,
    NotSupported,
    StoreDamaged,
    Unreachable,
)

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 400 + b"\n%%EOF\n"
LARGE = b"%PDF-1.7\n" + bytes(1 << 20)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def running(certificates: Certificates) -> Iterator[RunningPrinter]:
    with ippeve_printer(certificates) as printer:
        yield printer


@pytest.fixture(scope="module")
def cups() -> Iterator[RunningCups]:
    with cups_server() as server:
        yield server


@pytest.fixture
def printer(running: RunningPrinter) -> RunningPrinter:
    running.empty()
    return running


@pytest.fixture
def endpoint(printer: RunningPrinter) -> Printer:
    return block(printer.uri)


def block(uri: str, **fields: Any) -> Printer:
    limits: dict[str, Any] = {"connect_seconds": 5, "idle_seconds": 5, "follow_seconds": 20}
    return Printer(uri=uri, **limits | fields)


def through(printer: RunningPrinter, port: int) -> str:
    """Return the printer's address by way of a proxy."""
    return printer.uri.replace(str(printer.port), str(port))


def deliver(endpoint: Printer, place: Path, name: str = "Bescheid.pdf") -> Receipt:
    parcel = parcel_of(place, CONTENT, name)
    with endpoint.connect() as connection:
        return connection.publish(parcel, connection.stage(parcel))


def only(printer: RunningPrinter) -> Printed:
    (printed,) = printer.printed()
    return printed


def test_a_document_is_printed_once_and_unchanged(
    printer: RunningPrinter, endpoint: Printer, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, "Bescheid.pdf")
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        assert printer.printed() == []
        receipt = connection.publish(parcel, staged)

    assert only(printer).content == CONTENT
    assert only(printer).options["CONTENT_TYPE"] == "application/pdf"
    assert only(printer).options["IPP_JOB_NAME"] == f"Bescheid.pdf [{parcel.key}]"
    assert receipt.location == staged.location == printer.uri
    assert receipt.reference == f"{printer.uri}/{only(printer).options['IPP_JOB_ID']}"
    assert "is completed" in receipt.proof


def test_options_reach_the_printer(printer: RunningPrinter, tmp_path: Path) -> None:
    endpoint = block(
        printer.uri,
        copies=3,
        sides=Sides.TWO_SIDED_SHORT_EDGE,
        tray="by-pass-tray",
        media="iso_a4_210x297mm",
    )
    deliver(endpoint, tmp_path)

    options = only(printer).options
    assert options["IPP_COPIES"] == "3"
    assert options["IPP_SIDES"] == "two-sided-short-edge"
    assert "media-source=by-pass-tray" in options["IPP_MEDIA_COL"]
    assert "x-dimension=21000 y-dimension=29700" in options["IPP_MEDIA_COL"]


def test_media_alone_reaches_the_printer(printer: RunningPrinter, tmp_path: Path) -> None:
    deliver(block(printer.uri, media="iso_a4_210x297mm"), tmp_path)

    assert only(printer).options["IPP_MEDIA"] == "iso_a4_210x297mm"


def test_what_is_not_asked_for_is_left_to_the_printer(
    printer: RunningPrinter, endpoint: Printer, tmp_path: Path
) -> None:
    deliver(endpoint, tmp_path)

    asked = {"IPP_COPIES", "IPP_SIDES", "IPP_MEDIA", "IPP_MEDIA_COL"}
    assert not asked & only(printer).options.keys()


@pytest.mark.parametrize(
    ("wrong", "offered"),
    [
        ({"tray": "tray-9"}, "as tray: auto, main, manual, by-pass-tray"),
        ({"media": "iso_a0_841x1189mm"}, "iso_a4_210x297mm"),
        ({"document_format": DocumentFormat.JPEG}, "application/pdf"),
    ],
)
def test_what_the_printer_does_not_offer_is_refused_before_sending(
    printer: RunningPrinter, tmp_path: Path, wrong: dict[str, Any], offered: str
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, "Bescheid.pdf")
    requests = printer.log().count("Print-Job")
    with block(printer.uri, **wrong).connect() as connection:
        with pytest.raises(NotSupported) as caught:
            connection.stage(parcel)
        assert str(*wrong.values()).lower() in caught.value.what.lower()
    assert offered in caught.value.remedy
    assert printer.log().count("Print-Job") == requests


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.PDF", "application/pdf"),
        ("a.ps", "application/postscript"),
        ("a.txt", "text/plain"),
        ("a.pwg", "image/pwg-raster"),
    ],
)
def test_the_format_goes_by_the_name(
    printer: RunningPrinter, endpoint: Printer, tmp_path: Path, name: str, kind: str
) -> None:
    deliver(endpoint, tmp_path, name)

    assert only(printer).options["CONTENT_TYPE"] == kind


@pytest.mark.parametrize(
    "name", ["u\u0308.pdf", "Antrag [1] für 50 %; #2, \"Müller\" & 'Söhne'.pdf", "ä" * 125 + ".pdf"]
)
def test_hostile_and_long_names_keep_the_key(
    printer: RunningPrinter, endpoint: Printer, tmp_path: Path, name: str
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, name)
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        connection.publish(parcel, staged)
        assert f"job {only(printer).options['IPP_JOB_ID']} " in connection.trace(parcel, staged)[1]
    arrived, _, key = only(printer).options["IPP_JOB_NAME"].rpartition(" ")
    assert unicodedata.normalize("NFC", name).startswith(arrived)
    assert key == f"[{parcel.key}]"


def test_a_job_is_followed_until_it_is_printed(
    printer: RunningPrinter, endpoint: Printer, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, "Bescheid.pdf")
    receipts: list[Receipt] = []
    with endpoint.connect() as connection, ExitStack() as held:
        staged = connection.stage(parcel)
        held.enter_context(printer.holding())
        work = threading.Thread(
            target=lambda: receipts.append(connection.publish(parcel, staged)), daemon=True
        )
        work.start()
        with endpoint.connect() as second:
            eventually(
                lambda: "is processing" in second.trace(parcel, staged)[1] or None, "the job"
            )
        assert receipts == []
        held.close()
        work.join(20)
    assert "is completed" in receipts[0].proof
    assert only(printer).content == CONTENT


def test_a_receipt_says_how_far_the_job_got_in_time(
    printer: RunningPrinter, tmp_path: Path
) -> None:
    with printer.holding():
        receipt = deliver(block(printer.uri, follow_seconds=0.6), tmp_path)
        assert "is processing" in receipt.proof
        assert printer.printed() == []
    eventually(lambda: printer.printed() or None, "the held job")


def test_an_aborted_job_is_a_refusal_with_its_reasons(
    printer: RunningPrinter, endpoint: Printer, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, "Bescheid.pdf")
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        with (
            printer.jammed(),
            pytest.raises(AccessRefused, match=r"is aborted \(aborted-by-system\)"),
        ):
            connection.publish(parcel, staged)
        found, evidence = connection.trace(parcel, staged)
    assert found is Trace.UNKNOWN
    assert "compare with the document" in evidence


def test_a_busy_printer_is_tried_again_later(
    printer: RunningPrinter, endpoint: Printer, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, "second.pdf")
    with endpoint.connect() as connection:
        with printer.holding():
            deliver(block(printer.uri, follow_seconds=0), tmp_path, "first.pdf")
            staged = connection.stage(parcel)
            with pytest.raises(Unreachable, match="busy"):
                connection.publish(parcel, staged)
            assert connection.trace(parcel, staged)[0] is Trace.ABSENT
        eventually(lambda: printer.printed() or None, "the first job")
        connection.publish(parcel, staged)
    assert len(printer.printed()) == 2


def test_after_a_crash_the_job_is_found_by_its_key(
    printer: RunningPrinter, endpoint: Printer, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, "Bescheid.pdf")
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        receipt = connection.publish(parcel, staged)
    with endpoint.connect() as connection:
        found, evidence = connection.trace(parcel, Staged.from_json(staged.as_json()))
    # This printer does not tell sizes, so that a whole document looks like half of one.
    assert found is Trace.UNKNOWN
    assert receipt.reference in evidence
    assert len(printer.printed()) == 1


def test_after_a_crash_before_printing_the_job_list_proves_its_absence(
    endpoint: Printer, tmp_path: Path
) -> None:
    deliver(endpoint, tmp_path)
    parcel = parcel_of(tmp_path, CONTENT, "next.pdf")
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        deliver(endpoint, tmp_path, "of another hub.pdf")
        assert connection.trace(parcel, None)[0] is Trace.ABSENT
        assert connection.trace(parcel, staged)[0] is Trace.ABSENT


@pytest.mark.parametrize("based_on", ["", "4711 0 urn:uuid:forgotten"])
def test_a_printer_that_may_have_forgotten_proves_nothing(
    endpoint: Printer, tmp_path: Path, based_on: str
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, "Bescheid.pdf")
    with endpoint.connect() as connection:
        staged = replace(connection.stage(parcel), based_on=based_on)
        found, evidence = connection.trace(parcel, staged)
    assert found is Trace.UNKNOWN
    assert parcel.key in evidence


@pytest.mark.parametrize("fault", Fault)
def test_a_line_lost_in_the_document_is_without_proof_and_found_out(
    printer: RunningPrinter, tmp_path: Path, fault: Fault
) -> None:
    deliver(block(printer.uri), tmp_path, "before.pdf")
    parcel = parcel_of(tmp_path, LARGE, "Bescheid.pdf")
    with proxy_to(printer.port) as proxy:
        endpoint = block(through(printer, proxy.port), idle_seconds=1)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            proxy.after_upload_of(len(LARGE) // 2, fault)
            with pytest.raises(DeliveryUnconfirmed) as caught:
                connection.publish(parcel, staged)
    assert parcel.key in caught.value.remedy
    with block(printer.uri).connect() as connection:
        printed = eventually(lambda: printer.printed()[1:] or None, "what came of the document")
        found, evidence = connection.trace(parcel, staged)
    # The printer prints the half that came, and calls that completed: no proof of a delivery.
    assert len(printed[0].content) < len(LARGE)
    assert "is completed" in evidence
    assert found is Trace.UNKNOWN


def test_a_queue_that_tells_sizes_proves_an_arrival_after_a_crash(
    cups: RunningCups, tmp_path: Path
) -> None:
    before = len(cups.printed())
    parcel = parcel_of(tmp_path, CONTENT, "Bescheid Müller.pdf")
    with block(cups.uri).connect() as connection:
        staged = connection.stage(parcel)
        receipt = connection.publish(parcel, staged)
    with block(cups.uri).connect() as connection:
        found, evidence = connection.trace(parcel, Staged.from_json(staged.as_json()))
    assert found is Trace.PUBLISHED
    assert receipt.reference in evidence
    assert cups.printed()[before:] == [CONTENT]


@pytest.mark.parametrize("fault", Fault)
def test_a_queue_that_drops_halves_is_sent_to_again(
    cups: RunningCups, tmp_path: Path, fault: Fault
) -> None:
    deliver(block(cups.uri), tmp_path, "before.pdf")
    before = len(cups.printed())
    parcel = parcel_of(tmp_path, LARGE, "Bescheid.pdf")
    with proxy_to(cups.port) as proxy:
        endpoint = block(cups.uri.replace(str(cups.port), str(proxy.port)), idle_seconds=1)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            proxy.after_upload_of(len(LARGE) // 2, fault)
            with pytest.raises(DeliveryUnconfirmed):
                connection.publish(parcel, staged)
    with block(cups.uri).connect() as connection:
        assert connection.trace(parcel, staged)[0] is Trace.ABSENT
        connection.publish(parcel, connection.stage(parcel))
    assert cups.printed()[before:] == [LARGE]


def test_an_unknown_queue_is_told(cups: RunningCups) -> None:
    with pytest.raises(DirectoryMissing):
        reached(block(cups.uri + "-2"))


def test_a_document_that_trickles_is_given_up(printer: RunningPrinter, tmp_path: Path) -> None:
    parcel = parcel_of(tmp_path, LARGE, "Bescheid.pdf")
    with proxy_to(printer.port) as proxy:
        endpoint = block(through(printer, proxy.port), idle_seconds=60, total_seconds=1)
        with endpoint.connect() as connection:
            staged = connection.stage(parcel)
            proxy.trickle()
            with pytest.raises(DeliveryUnconfirmed, match="1 s altogether"):
                connection.publish(parcel, staged)


def test_a_line_lost_after_acceptance_leaves_the_proof_of_acceptance(
    printer: RunningPrinter, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, "Bescheid.pdf")
    receipts: list[Receipt] = []
    with proxy_to(printer.port) as proxy, ExitStack() as held:
        endpoint = block(through(printer, proxy.port), idle_seconds=0.5, follow_seconds=3)
        connection = held.enter_context(endpoint.connect())
        staged = connection.stage(parcel)
        held.enter_context(printer.holding())
        work = threading.Thread(
            target=lambda: receipts.append(connection.publish(parcel, staged)), daemon=True
        )
        work.start()
        eventually(lambda: "Get-Job-Attributes" in tail(printer, parcel.key) or None, "a look")
        proxy.hang()
        work.join(20)
    assert "is processing" in receipts[0].proof
    assert "no more was seen of it" in receipts[0].proof
    eventually(lambda: printer.printed() or None, "the held job")


def tail(printer: RunningPrinter, mark: str) -> str:
    """Return what the printer logged after it first wrote this."""
    return printer.log().partition(mark)[2]


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        reached(block(f"ipp://127.0.0.1:{free_port()}/ipp/print"))


def test_a_printer_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"ipp://127.0.0.1:{silent.getsockname()[1]}/ipp/print"
        with pytest.raises(Unreachable), block(uri, idle_seconds=0.3).connect():
            pass


def test_a_wrong_path_is_told(printer: RunningPrinter) -> None:
    with pytest.raises(DirectoryMissing, match="no printer or queue"):
        reached(block(printer.uri.replace("/ipp/print", "/nowhere")))


def test_a_password_opens_the_printer_and_a_wrong_one_is_refused_and_not_told(
    printer: RunningPrinter, tmp_path: Path
) -> None:
    with protected(printer, "hub", "hub-secret") as uri:
        deliver(block(uri, user="hub", password="hub-secret"), tmp_path)
        with pytest.raises(AccessRefused, match="refused the login") as caught:
            reached(block(uri, user="hub", password="not-this-secret"))
        with pytest.raises(AccessRefused):
            reached(block(uri))
    assert "not-this-secret" not in str(caught.value)
    assert only(printer).content == CONTENT
    assert only(printer).options["IPP_JOB_ORIGINATING_USER_NAME"] == "hub"


def test_an_unknown_certificate_is_refused_until_pinned(
    printer: RunningPrinter, certificates: Certificates, tmp_path: Path
) -> None:
    untrusting = block(printer.secure_uri)
    for attempt in (lambda: reached(untrusting), lambda: deliver(untrusting, tmp_path)):
        with pytest.raises(IdentityUnknown, match="CA certificate"):
            attempt()
    assert printer.printed() == []

    deliver(block(printer.secure_uri, ca_certificate=certificates.authority_pem), tmp_path)
    assert only(printer).content == CONTENT


def test_the_access_check_shows_what_the_printer_is_and_prints_nothing(
    printer: RunningPrinter, certificates: Certificates
) -> None:
    requests = printer.log().count("Print-Job")
    found = reached(block(printer.secure_uri, ca_certificate=certificates.authority_pem))

    for expected in ("TLSv1", "SHA-256", "Example Printer, idle", "application/pdf", "by-pass"):
        assert expected in found
    assert printer.log().count("Print-Job") == requests


def test_the_access_check_finds_wrong_options(printer: RunningPrinter) -> None:
    with pytest.raises(NotSupported, match="tray-9"):
        reached(block(printer.uri, tray="tray-9"))


def test_a_file_that_changed_behind_the_ledger_is_not_printed(
    printer: RunningPrinter, endpoint: Printer, tmp_path: Path
) -> None:
    parcel = parcel_of(tmp_path, CONTENT, "Bescheid.pdf")
    with endpoint.connect() as connection:
        staged = connection.stage(parcel)
        parcel.path.write_bytes(b"another citizen's")
        with pytest.raises(StoreDamaged):
            connection.stage(parcel)
        with pytest.raises(StoreDamaged):
            connection.publish(parcel, staged)
    assert printer.printed() == []


@pytest.mark.parametrize("name", ["../a.pdf", "a\nb.pdf", "a\x00.pdf"])
def test_names_with_paths_or_control_characters_are_refused(
    endpoint: Printer, tmp_path: Path, name: str
) -> None:
    with endpoint.connect() as connection, pytest.raises(NameNotAllowed):
        connection.stage(parcel_of(tmp_path, CONTENT, name))


def test_a_printer_is_no_source(endpoint: Printer) -> None:
    with endpoint.connect() as connection, pytest.raises(EndpointError, match="as a target only"):
        list(connection.list_files("", recursive=False))


@pytest.mark.parametrize(
    "fields",
    [
        {"uri": "ftp://host/ipp/print"},
        {"uri": "host/ipp/print"},
        {"uri": "ipp:///ipp/print"},
        {"uri": "ipp://hub:secret@host/ipp/print"},
        {"uri": "ipp://host/ipp/print", "copies": 0},
        {"uri": "ipp://host/ipp/print", "tray": "tray-1", "media": "A4"},
    ],
)
def test_the_form_refuses_what_cannot_work(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Printer(**fields)


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("ipp://host/ipp/print", ("host", 631)),
        ("ipps://host/ipp/print", ("host", 631)),
        ("http://host/printers/q", ("host", 80)),
        ("https://host/printers/q", ("host", 443)),
        ("https://host:631/printers/q", ("host", 631)),
    ],
)
def test_the_port_goes_by_the_scheme(uri: str, address: tuple[str, int]) -> None:
    assert Printer(uri=uri).address() == address
