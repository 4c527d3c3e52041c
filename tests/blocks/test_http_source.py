"""What web services list is fetched as it is, from where it may be, and disposed of once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from blocks.access import check_access
from blocks.endpoint import AfterPickup, Connection, Locking, RemoteFile
from blocks.http_service import Acknowledge, HttpConnection, HttpService, Listing, Login
from tests.blocks.http_parts import (
    WebFixtures,
    block,
    item,
    offered,
    source,
)
from tests.servers.web import Answer, RunningWeb, etag_of, web_server
from transforms.errors import (
    AccessRefused,
    DirectoryMissing,
    FileChanged,
    FileMissing,
    NotSupported,
    Unreachable,
)


def listed(endpoint: HttpService, directory: str = "") -> list[RemoteFile]:
    with endpoint.connect() as connection:
        return list(connection.list_files(directory, recursive=False))


def taken(endpoint: HttpService, to: Path) -> None:
    """List one document and fetch it."""
    with endpoint.connect() as connection:
        (file,) = connection.list_files("", recursive=False)
        connection.fetch(file, to)


class TestListings(WebFixtures):
    """What is offered, page by page."""

    def test_json_in_the_usual_shape(self, server: RunningWeb, tmp_path: Path) -> None:
        server.documents["/api/a b.xml"] = b"first"
        offered(server, [item("Antrag ä.xml", b"first", url="a%20b.xml")], next="/api/page?n=2")
        offered(server, [item("a.part", b"x"), item("zwei.xml", b"2")], page="page?n=2")
        with source(server).connect() as connection:
            first, second = connection.list_files("", recursive=True)
            assert connection.fetch(first, tmp_path / "to").size == 5
        assert (first.name, first.path, first.size) == ("Antrag ä.xml", "/api/a%20b.xml", 5)
        assert first.identity == f"5|2026-05-04T10:00:00+00:00|{etag_of(b'first')}"
        assert second.name == "zwei.xml"
        assert (tmp_path / "to").read_bytes() == b"first"

    def test_json_in_another_shape(self, server: RunningWeb) -> None:
        data = [{"meta": {"bytes": "5", "at": 0}, "links": ["/dl/a.xml?x=1#y"]}]
        link = f'<{server.url}/more?p=2>; rel="next"'
        server.pages["/api/list?in=Bau%20%231"] = Answer(
            200, json.dumps(data).encode(), {"Link": link}
        )
        server.pages["/api/more?p=2"] = Answer(200, b"[]")
        endpoint = source(
            server,
            listing_path="list?in={directory}",
            json_items="",
            json_link="/links/0",
            json_name="",
            json_size="/meta/bytes",
            json_modified="/meta/at",
        )
        (file,) = listed(endpoint, "Bau #1")
        assert (file.name, file.path, file.size) == ("a.xml", "/dl/a.xml?x=1", 5)
        assert file.modified is not None
        assert file.modified.year == 1970

    def test_atom(self, server: RunningWeb, tmp_path: Path) -> None:
        server.documents["/api/files/b c.pdf"] = b"bytes"
        feed = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="files/">
          <link rel="next" href="../list2"/>
          <entry><updated>2026-05-04T10:00:00Z</updated><content src="plain.txt"/>
            <link rel="enclosure" href="a.xml" length="3" title="Antrag ä.xml"/></entry>
          <entry><updated>2026-05-04T10:00:00+02:00</updated><content src="b%20c.pdf"/></entry>
        </feed>"""
        server.pages["/api/list"] = Answer(200, feed.encode())
        server.pages["/api/list2"] = Answer(200, b'<feed xmlns="http://www.w3.org/2005/Atom"/>')
        with source(server, listing=Listing.ATOM).connect() as connection:
            first, second = connection.list_files("", recursive=False)
            assert connection.fetch(second, tmp_path / "to").size == 5
        assert (first.name, first.path, first.size) == ("Antrag ä.xml", "/api/files/a.xml", 3)
        assert (second.name, second.size, second.version) == ("b c.pdf", 5, etag_of(b"bytes"))

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            (Listing.JSON, b"<html>"),
            (Listing.JSON, b"[" * 100_000),
            (Listing.JSON, b'{"items": {}}'),
            (Listing.JSON, b'{"items": [{"name": "a"}]}'),
            (Listing.JSON, b'{"items": [{"url": "a", "size": "-1"}]}'),
            (Listing.JSON, b'{"items": [{"url": "a", "size": 1, "modified": "gestern"}]}'),
            (Listing.JSON, b'{"items": [], "next": "list"}'),
            (Listing.ATOM, b"<html/>"),
            (Listing.ATOM, b"<!DOCTYPE feed [<!ENTITY x SYSTEM '/etc/passwd'>]><feed>&x;</feed>"),
        ],
    )
    def test_what_is_no_listing_is_told(
        self, server: RunningWeb, kind: Listing, body: bytes
    ) -> None:
        server.pages["/api/list"] = Answer(200, body)
        with pytest.raises(NotSupported, match="listing cannot be used"):
            listed(source(server, listing=kind))

    def test_a_missing_listing_is_told(self, server: RunningWeb) -> None:
        with pytest.raises(DirectoryMissing):
            listed(source(server))
        with pytest.raises(NotSupported, match="no listing"):
            listed(block(server))
        assert check_access(source(server))[-1].error is not None

    def test_a_document_that_goes_while_it_is_listed_is_left_out(self, server: RunningWeb) -> None:
        server.documents["/api/b.xml"] = b"xy"
        offered(server, [item(name, b"", size=None) for name in ("a.xml", "b.xml")])
        (file,) = listed(source(server))
        assert (file.name, file.size) == ("b.xml", 2)

    def test_a_size_that_nobody_tells_is_told(self, server: RunningWeb) -> None:
        server.has_head = False
        offered(server, [item("a.xml", b"x", size=None)])
        with pytest.raises(NotSupported, match="size"):
            listed(source(server))

    @pytest.mark.parametrize("where", ["link", "next", "redirect", "redirected document"])
    @pytest.mark.parametrize("login", ["", "user:pw@"])
    def test_nothing_leads_to_another_host(
        self, server: RunningWeb, tmp_path: Path, where: str, login: str
    ) -> None:
        away = f"http://{login}thief.example/a?key=pw"
        sent_on = Answer(302, headers={"Location": away})
        offered(server, [item("a.xml", b"x", url=away if where == "link" else "a.xml")])
        if where == "next":
            offered(server, [], next=away)
        if where == "redirect":
            server.pages["/api/list"] = sent_on
        server.pages["/api/a.xml"] = sent_on
        with pytest.raises(NotSupported) as caught:
            taken(source(server), tmp_path / "to")
        assert "thief.example" in str(caught.value)
        assert "pw" not in str(caught.value)
        assert not (tmp_path / "to").exists()

    def test_an_allowed_host_sees_no_login(self, server: RunningWeb, tmp_path: Path) -> None:
        server.authorization = "Bearer bearer-secret"
        with web_server() as other:
            other.documents["/api/a.xml"] = b"x"
            offered(server, [item("a.xml", b"x", url=f"{other.url}/a.xml")])
            endpoint = source(
                server,
                login=Login.BEARER,
                token="bearer-secret",
                allowed_hosts=[f"127.0.0.1:{other.port}"],
            )
            with endpoint.connect() as connection:
                (file,) = connection.list_files("", recursive=False)
                connection.fetch(file, tmp_path / "to")
                connection.acknowledge(file, AfterPickup.DELETE)
        assert other.documents == {}
        assert all("Authorization" not in one.headers for one in other.received)

    def test_redirects_on_the_host_are_followed_and_end(
        self, server: RunningWeb, tmp_path: Path
    ) -> None:
        server.documents["/api/b.xml"] = b"x"
        server.pages["/api/a.xml"] = Answer(307, headers={"Location": "b.xml"})
        server.pages["/api/c.xml"] = Answer(307, headers={"Location": "c.xml"})
        offered(server, [item("a.xml", b"x"), item("c.xml", b"x")])
        with source(server).connect() as connection:
            good, endless = connection.list_files("", recursive=False)
            assert connection.fetch(good, tmp_path / "to").size == 1
            with pytest.raises(NotSupported, match="more than"):
                connection.fetch(endless, tmp_path / "endless")


class TestDocuments(WebFixtures):
    """Exactly the listed document is fetched, and disposed of once."""

    @pytest.mark.parametrize("content", [b"longer than listed", b"no", b"same", b""])
    def test_a_document_replaced_since_the_listing_is_refused(
        self, server: RunningWeb, tmp_path: Path, content: bytes
    ) -> None:
        server.documents["/api/a.xml"] = content
        offered(server, [item("a.xml", b"size")])
        with source(server).connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            with pytest.raises(FileChanged):
                connection.fetch(file, tmp_path / "to")
            with pytest.raises(FileChanged):
                connection.acknowledge(file, AfterPickup.DELETE)
        assert not (tmp_path / "to").exists()
        assert server.documents["/api/a.xml"] == content

    def test_a_document_that_is_gone_is_missing(self, server: RunningWeb, tmp_path: Path) -> None:
        offered(server, [item("a.xml", b"x")])
        with source(server).connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            with pytest.raises(FileMissing):
                connection.fetch(file, tmp_path / "to")
            assert connection.acknowledge(file, AfterPickup.DELETE) == "was gone already"

    def test_a_compressed_document_is_not_taken_for_the_original(
        self, server: RunningWeb, tmp_path: Path
    ) -> None:
        server.pages["/api/a.xml"] = Answer(200, b"x", {"Content-Encoding": "gzip"})
        offered(server, [item("a.xml", b"x", etag=None)])
        with source(server).connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            with pytest.raises(NotSupported, match="gzip"):
                connection.fetch(file, tmp_path / "to")

    @pytest.mark.parametrize("weak", [True, False])
    @pytest.mark.parametrize("has_head", [True, False])
    def test_deleting(self, server: RunningWeb, *, has_head: bool, weak: bool) -> None:
        server.weak = weak and has_head
        server.documents = {"/api/a b.xml": b"x", "/api/b.xml": b"y"}
        offered(server, [item("a b.xml", b"x", url="a%20b.xml")])
        with source(server).connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            server.has_head = has_head
            assert connection.acknowledge(file, AfterPickup.KEEP) == "kept"
            assert connection.acknowledge(file, AfterPickup.DELETE) == "deleted"
            assert connection.acknowledge(file, AfterPickup.DELETE) == "was gone already"
        assert server.documents == {"/api/b.xml": b"y"}

    @pytest.mark.parametrize(
        ("template", "path"),
        [
            ("{url}/received", "/api/docs/4%20711/received"),
            ("receipts/{id}?of={name}", "/api/receipts/4%20711?of=a%26b%20%C3%A4.xml"),
        ],
    )
    def test_telling_that_it_was_taken(self, server: RunningWeb, template: str, path: str) -> None:
        server.documents["/api/docs/4 711"] = b"x"
        offered(server, [item("a&b ä.xml", b"x", url="docs/4%20711")])
        endpoint = source(server, acknowledge=Acknowledge.POST, acknowledge_path=template)
        with endpoint.connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            assert connection.acknowledge(file, AfterPickup.DELETE) == "acknowledged by POST"
        assert [one.path for one in server.sent()] == [path]

    def test_an_acknowledgement_whose_answer_was_lost_is_repeated(self, server: RunningWeb) -> None:
        server.documents["/api/a.xml"] = b"x"
        offered(server, [item("a.xml", b"x")])
        server.answers.extend([Answer(0), Answer(409)])
        endpoint = source(server, acknowledge=Acknowledge.POST, acknowledge_path="{url}/received")
        with endpoint.connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            with pytest.raises(Unreachable):
                connection.acknowledge(file, AfterPickup.DELETE)
            done = connection.acknowledge(file, AfterPickup.DELETE)
        assert done == "was acknowledged already"

    def test_an_acknowledgement_that_is_refused_is_told(self, server: RunningWeb) -> None:
        server.documents["/api/a.xml"] = b"x"
        offered(server, [item("a.xml", b"x")])
        with source(server).connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            server.answers.append(Answer(403, b'{"detail": "read only"}'))
            with pytest.raises(AccessRefused, match="read only"):
                connection.acknowledge(file, AfterPickup.DELETE)
        assert server.documents == {"/api/a.xml": b"x"}

    def test_what_is_secret_in_an_address_is_not_shown(
        self, server: RunningWeb, tmp_path: Path
    ) -> None:
        offered(server, [item("a.xml", b"x", url="a.xml?signature=not-this-secret")])
        server.pages["/api/a.xml?signature=not-this-secret"] = Answer(200, b"longer")
        with source(server).connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            with pytest.raises(FileChanged) as caught:
                connection.fetch(file, tmp_path / "to")
            assert "not-this-secret" not in str(caught.value)
        server.pages["/api/a.xml?signature=not-this-secret"] = Answer(200, b"y")
        slow = source(server, total_seconds=1e-9)
        with (
            HttpConnection(slow) as connection,
            pytest.raises(Unreachable, match="altogether") as late,
        ):
            connection.fetch(file, tmp_path / "late")
        assert "not-this-secret" not in f"{late.value} {late.value.__cause__}"

    def test_nothing_is_moved_or_locked(self, server: RunningWeb) -> None:
        offered(server, [item("a.xml", b"x")])
        with source(server).connect() as connection:
            (file,) = connection.list_files("", recursive=False)
            for call in _impossible(connection, file):
                with pytest.raises(NotSupported):
                    call()


def _impossible(connection: Connection, file: RemoteFile) -> list[Callable[[], object]]:
    return [
        lambda: connection.acknowledge(file, AfterPickup.MOVE, "done"),
        lambda: connection.lock(file, "me", Locking.LOCK_FILE),
        lambda: connection.unlock(file, "me", Locking.LOCK_FILE),
    ]
