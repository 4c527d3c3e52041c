"""The ledger on SQLite and on PostgreSQL: claims, forward-only deliveries, locks, migrations."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from blocks.endpoint import Receipt, RemoteFile, Staged
from blocks.ledger import DeliveryState, Execution, FileState, Ledger, Outcome, Purpose
from blocks.ledger.migrate import HEAD, upgrade
from blocks.ledger.tables import metadata
from tests.servers.postgres import postgres
from transforms.document import Document, Fingerprint
from transforms.errors import Busy, DocumentInvalid, StoreDamaged, Unreachable

NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
PRINT = Fingerprint(3, "m" * 32, "s" * 64)


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    server: str = request.getfixturevalue("postgres_url")
    name = f"t{abs(hash(tmp_path))}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.replace("/postgres", f"/{name}")


@pytest.fixture
def ledger(url: str, tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(url, tmp_path / "locks")
    yield opened
    opened.dispose()


def execution(name: str, outcome: Outcome = Outcome.OPEN) -> Execution:
    return Execution(
        id=name,
        run=name,
        transfer="NOLIS an KOMBOX",
        group_name="NOLIS",
        kdnr="0100",
        definition={"name": "NOLIS an KOMBOX"},
        state="INITIATED",
        message="",
        outcome=outcome,
        started_at=NOW,
        ended_at=None,
    )


def remote(name: str = "a.xml", size: int = 3, version: str = "") -> RemoteFile:
    return RemoteFile(f"/in/{name}", name, size, NOW, version)


def begun(ledger: Ledger, name: str, *listed: RemoteFile) -> int:
    with ledger.write() as book:
        book.begin(execution(name))
        return book.claim(name, "local-folder/in", [(file, {"ags": "03458005"}) for file in listed])


def one_delivery(ledger: Ledger) -> int:
    begun(ledger, "e1", remote())
    with ledger.write() as book:
        (file,) = book.files("e1")
        book.stored([(file.id, "inbound/000001-a.xml", PRINT)])
        document = Document(Path("a.xml"), "a.xml", file.facts)
        book.ready(
            "e1", {file.id: [(document, "outbound/000001.1-a.xml", PRINT)]}, lambda _: ["Bauamt"]
        )
        (delivery,) = book.deliveries("e1")
    return delivery.id


def test_a_file_is_claimed_once(ledger: Ledger) -> None:
    assert begun(ledger, "e1", remote()) == 1
    assert begun(ledger, "e2", remote()) == 0
    with ledger.read() as book:
        assert book.unclaimed("local-folder/in", [remote()]) == []
        assert book.files("e2") == []


@pytest.mark.parametrize("other", [remote(size=4), remote(version="etag-2"), remote("b.xml")])
def test_a_new_file_under_an_old_name_is_a_new_file(ledger: Ledger, other: RemoteFile) -> None:
    begun(ledger, "e1", remote())
    assert begun(ledger, "e2", other) == 1


def test_a_claim_ends_when_the_source_forgot_the_file(ledger: Ledger) -> None:
    begun(ledger, "e1", remote(), remote("kept.xml"))
    with ledger.write() as book:
        gone, kept = book.files("e1")
        book.disposed([gone.id], keep_claim=False)
        book.disposed([kept.id], keep_claim=True)
        assert book.unclaimed("local-folder/in", [remote(), remote("kept.xml")]) == [remote()]


def test_a_listing_entry_comes_back_as_it_was(ledger: Ledger) -> None:
    listed = remote("Müller.xml", version="7|8")
    begun(ledger, "e1", listed)
    with ledger.read() as book:
        (file,) = book.files("e1")
    assert file.remote == listed
    assert file.remote.identity == listed.identity
    assert file.facts == {"ags": "03458005"}


def test_a_delivery_goes_from_pending_to_proven(ledger: Ledger) -> None:
    delivery = one_delivery(ledger)
    staged = Staged("/out/a.xml", "/out/.part", 3, "s" * 64)
    with ledger.write() as book:
        book.sending(1, "sftp-server/gnap03", [(delivery, {"name": "a.xml"})])
        book.staged([(delivery, staged)])
        (row,) = book.deliveries("e1")
        assert (row.state, row.staged, row.attempts) == (DeliveryState.STAGED, staged, 1)
        book.delivered([(delivery, Receipt("/out/a.xml", "size verified"))])
        (row,) = book.deliveries("e1", "Bauamt")
    assert (row.state, row.proof, row.fingerprint) == ("delivered", "size verified", PRINT)
    assert row.delivered_at is not None
    assert row.delivered_at.tzinfo is not None


def test_what_is_proven_never_changes_again(ledger: Ledger) -> None:
    delivery = one_delivery(ledger)
    with ledger.write() as book:
        book.delivered([(delivery, Receipt("/out/a.xml", "size verified"))])
    with pytest.raises(StoreDamaged), ledger.write() as book:
        book.sending(0, "sftp-server/gnap03", [(delivery, {})])
    with ledger.read() as book:
        assert book.deliveries("e1")[0].state is DeliveryState.DELIVERED


def test_a_key_is_taken_once_by_a_transfer(ledger: Ledger) -> None:
    begun(ledger, "e1", remote("a.xml"), remote("b.xml"), remote("c.xml"))
    with ledger.write() as book:
        a, b, c = (one.id for one in book.files("e1"))
        first = book.take_keys("T", [("invoice 1", a), ("invoice 1", b), ("invoice 2", c)])
        again = book.take_keys("T", [("invoice 1", a), ("invoice 2", b)])
        elsewhere = book.take_keys("another", [("invoice 1", b)])
    assert {file: owner.name for file, owner in first.items()} == {b: "a.xml"}
    assert {file: owner.name for file, owner in again.items()} == {b: "c.xml"}
    assert not elsewhere


def test_the_key_of_a_file_that_was_given_up_is_free(ledger: Ledger) -> None:
    begun(ledger, "e1", remote("a.xml"), remote("b.xml"))
    with ledger.write() as book:
        a, b = (one.id for one in book.files("e1"))
        book.take_keys("T", [("invoice 1", a)])
        book.rejected(a, DocumentInvalid("broken", where="a.xml", remedy="mend"))
        book.given_up(a, "sent by mail")
        assert not book.take_keys("T", [("invoice 1", b)])
        assert book.take_keys("T", [("invoice 1", a)])[a].id == b


def test_a_failed_transaction_leaves_nothing(ledger: Ledger) -> None:
    error = DocumentInvalid("No XML", where="a.xml", remedy="Ask the sender")
    begun(ledger, "e1", remote())

    def interrupted() -> None:
        with ledger.write() as book:
            book.rejected(book.files("e1")[0].id, error)
            raise error

    with pytest.raises(DocumentInvalid):
        interrupted()
    with ledger.read() as book:
        assert book.files("e1")[0].state is FileState.CLAIMED


def test_unfinished_executions_are_found_by_transfer_and_run(ledger: Ledger) -> None:
    with ledger.write() as book:
        book.begin(execution("e1"))
        book.begin(execution("e2", Outcome.WAITING))
        book.take_over("e1", "r9", "hier-1")
    with ledger.read() as book:
        assert [one.id for one in book.unfinished("NOLIS an KOMBOX")] == ["e1"]
        assert [one.id for one in book.executions_of_run("r9")] == ["e1"]
        assert book.unfinished("another") == []
        assert {one.id for one in book.recent()} == {"e1", "e2"}


def test_history_is_kept_in_order(ledger: Ledger) -> None:
    begun(ledger, "e1")
    with ledger.write() as book:
        book.change("e1", "FILES_INBOUND", "fetch", "WEBDAV copied 1 files (1.621 bytes) in 0,16 s")
        book.change("e1", "OUTBOUND_READY", "deliver")
        book.close("e1", "SUCCESS_FILES_SEND", "1 files", Outcome.DONE)
    with ledger.read() as book:
        assert [one.state for one in book.changes("e1")] == ["FILES_INBOUND", "OUTBOUND_READY"]
        found = book.execution("e1")
    assert found is not None
    assert (found.state, found.outcome) == ("SUCCESS_FILES_SEND", Outcome.DONE)
    assert found.ended_at is not None


def test_a_lock_keeps_others_out(ledger: Ledger, url: str, tmp_path: Path) -> None:
    other = Ledger(url, tmp_path / "locks")
    with ledger.hold("e1"):
        with pytest.raises(Busy), other.hold("e1"):
            pass
        with other.hold("e2"):
            pass
    with other.hold("e1"):
        pass
    other.dispose()


def hold_until_killed(url: str, locks: Path, held: Event) -> None:
    with Ledger(url, locks).hold("e1"):
        held.set()
        signal.pause()


def test_a_lock_ends_with_the_process_that_holds_it(
    ledger: Ledger, url: str, tmp_path: Path
) -> None:
    context = multiprocessing.get_context("spawn")
    held = context.Event()
    child = context.Process(target=hold_until_killed, args=(url, tmp_path / "locks", held))
    child.start()
    assert held.wait(30)
    with pytest.raises(Busy), ledger.hold("e1"):
        pass
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    _wait_for_lock(ledger)


def _wait_for_lock(ledger: Ledger) -> None:
    # PostgreSQL notices the dead client when it next reads from its socket.
    while True:
        try:
            with ledger.hold("e1"):
                return
        except Busy:
            os.sched_yield()


def test_migrations_make_the_tables_the_code_expects(url: str, tmp_path: Path) -> None:
    Ledger(url, tmp_path / "locks").dispose()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_several_ledgers_are_made_at_once(tmp_path: Path) -> None:
    def made(number: int) -> str | None:
        engine = sa.create_engine(f"sqlite:///{tmp_path / str(number)}.sqlite")
        upgrade(engine)
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(made, range(8))) == {HEAD}


def test_a_ledger_of_a_newer_version_is_refused(url: str, tmp_path: Path) -> None:
    Ledger(url, tmp_path / "locks").dispose()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreDamaged, match="newer version"):
        Ledger(url, tmp_path / "locks")


OLD_ROWS = (
    (
        "INSERT INTO executions VALUES "
        "('e1','e1','T','','','{}','FAILED_UNREACHABLE','','open','2026-11-23 06:30:00',NULL)"
    ),
    (
        "INSERT INTO files (id,execution,endpoint,path,name,size,version,claim,state,disposed,facts,"
        "stored,md5,sha256,code,error) VALUES "
        "(77,'e1','local-folder/in','/in/a','a',3,'',NULL,'ready',true,'{}','inbound/a','m','s','','')"
    ),
    "INSERT INTO documents VALUES (77,77,'a','inbound/a','{}',3,'m','s')",
    (
        "INSERT INTO deliveries (id,execution,document,recipient,key,state,target,endpoint,parcel,"
        "attempts,location,proof,reference,code,error,retry) VALUES "
        "(77,'e1',77,'Bauamt','k','failed',0,'sftp-server/x','{}',1,'','','','UNREACHABLE','','later')"
    ),
)


def test_what_an_older_version_wrote_is_kept(url: str, tmp_path: Path) -> None:
    engine = sa.create_engine(url)
    upgrade(engine, "0001")
    with engine.begin() as connection:
        for row in OLD_ROWS:
            connection.execute(sa.text(row))
    engine.dispose()
    ledger = Ledger(url, tmp_path / "locks")
    with ledger.write() as book:
        (found,) = book.unfinished("T")
        (delivery,) = book.deliveries(found.id)
        assert (delivery.purpose, delivery.state) == (Purpose.FIRST, DeliveryState.FAILED)
        assert [file.attempts for file in book.files(found.id)] == [0]
        book.deliver_again([delivery], Purpose.RESENT, None, "the office lost it")
    ledger.dispose()


# -- what stands beside the way of the data ---------------------------------------------------


def test_what_is_held_or_not_due_is_not_continued(ledger: Ledger) -> None:
    begun(ledger, "e1")
    with ledger.write() as book:
        book.close("e1", "HELD", "", Outcome.OPEN, datetime(2999, 1, 1, tzinfo=UTC))
        assert book.unfinished("NOLIS an KOMBOX") == []
        book.hold("e1", "the office asked")
        assert book.unfinished("NOLIS an KOMBOX") == []
        book.hold("e1", "")
        (found,) = book.unfinished("NOLIS an KOMBOX")
    assert (found.runs, found.continue_at, found.held) == (1, None, "")


def test_a_document_can_be_delivered_again(ledger: Ledger) -> None:
    one_delivery(ledger)
    with ledger.write() as book:
        (first,) = book.deliveries("e1")
        assert book.deliver_again([first], Purpose.REDIRECTED, {"endpoint": "x/y"}, "asked") == 1
        assert book.deliver_again([first], Purpose.RESENT, None, "asked") == 1
        _, second, third = book.deliveries("e1")
    assert (second.ordinal, second.chosen, second.purpose) == (
        1,
        {"endpoint": "x/y"},
        Purpose.REDIRECTED,
    )
    assert (third.ordinal, third.decision) == (2, "asked")
    assert len({first.key, second.key, third.key}) == 3


def test_what_is_discarded_is_never_sent_and_what_is_proven_never_discarded(
    ledger: Ledger,
) -> None:
    delivery = one_delivery(ledger)
    with ledger.write() as book:
        book.discard(delivery, "a double")
        (one,) = book.deliveries("e1")
        assert (one.state, one.decision) == (DeliveryState.DISCARDED, "a double")
    with pytest.raises(StoreDamaged), ledger.write() as book:
        book.sending(0, "x/y", [(delivery, {})])
    with ledger.write() as book:
        book.deliver_again([one], Purpose.RESENT, None, "")
        _, again = book.deliveries("e1")
        book.delivered([(again.id, Receipt("/a", "read back"))])
        book.discard(again.id, "too late")
        assert book.deliveries("e1")[1].state is DeliveryState.DELIVERED


def test_failures_of_an_endpoint_add_up_until_it_works(ledger: Ledger) -> None:
    error = Unreachable("No answer", where="sftp-server/x", remedy="Look")
    later = datetime(2999, 1, 1, tzinfo=UTC)
    with ledger.write() as book:
        book.broke("sftp-server/x", error, None)
        book.broke("sftp-server/x", error, later)
        found = book.health("sftp-server/x")
        assert found is not None
        assert (found.failures, found.closed_until) == (2, later)
        book.worked("sftp-server/x")
        assert book.health("sftp-server/x") is None


def test_what_persons_do_is_written_down(ledger: Ledger) -> None:
    begun(ledger, "e1")
    with ledger.write() as book:
        book.acted("e1", "mueller", "hold", "the office asked", {"recipient": "Bauamt"})
        (one,) = book.actions("e1")
    assert (one.actor, one.action, one.reason) == ("mueller", "hold", "the office asked")


def test_it_knows_whose_a_key_and_an_id_are_and_where_anything_was_sent(ledger: Ledger) -> None:
    delivery = one_delivery(ledger)
    begun(ledger, "e2", remote("b.xml"), remote("sub/c_xml"))
    with ledger.write() as book:
        (row,) = book.deliveries("e1")
        for directory in ("aus/bauamt", "aus/bauamt", ""):
            book.sending(0, "sftp-server/gnap03", [(delivery, {"directory": directory})])
        book.close("e2", "SUCCESS_FILES_SEND", "", Outcome.DONE)
        known = book.owners([row.key, "e2", "0" * 32])
        assert set(known) == {row.key, "e2"}
        mine, ended = known[row.key], known["e2"]
        assert (mine.execution, mine.outcome, mine.delivery) == ("e1", Outcome.OPEN, "sending")
        assert (ended.execution, ended.outcome, ended.delivery) == ("e2", Outcome.DONE, None)
        assert ended.ended_at is not None
        assert book.delivered_to() == [("sftp-server/gnap03", "")]
        assert book.latest_definitions() == [{"name": "NOLIS an KOMBOX"}]
        below = book.undisposed("local-folder/in", "/in/sub")
        assert [one.path for one in below] == ["/in/sub/c_xml"]
        book.disposed([below[0].id], keep_claim=True)
        assert book.undisposed("local-folder/in", "/in/sub") == []
        assert len(book.undisposed("local-folder/in", "")) == 2


def test_what_lies_in_another_home_is_not_continued_here(ledger: Ledger) -> None:
    begun(ledger, "e1", remote())
    with ledger.write() as book:
        book.take_over("e1", "r2", "hier-1")
        # Nothing has come in yet: any machine may take it from the source.
        assert len(book.unfinished(home="dort-2")) == 1
        (file,) = book.files("e1")
        book.stored([(file.id, "inbound/a", PRINT)])
        assert book.unfinished(home="dort-2") == []
        assert len(book.unfinished(home="hier-1")) == len(book.unfinished()) == 1
