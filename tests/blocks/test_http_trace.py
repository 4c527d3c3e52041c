"""After a lost answer a web service is asked, and no document is sent twice in silence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks.endpoint import Parcel, Trace
from blocks.http_service import HttpService
from tests.blocks.http_parts import CONTENT, KEY, OWN_URL, WebFixtures, block, send
from tests.servers.web import Answer, RunningWeb
from transforms.errors import AccessRefused, DeliveryUnconfirmed, NotSupported, Unreachable


def traced(endpoint: HttpService, parcel: Parcel) -> tuple[Trace, str]:
    """Ask after a crash that came between sending and writing that down."""
    with endpoint.connect() as connection:
        staged = connection.stage(replace(parcel, overwrite=True))
        return connection.trace(parcel, staged)


class TestTrace(WebFixtures):
    """What is known after a crash; never is a document sent twice in silence."""

    def test_nothing_staged_is_nothing_sent(self, server: RunningWeb, parcel: Parcel) -> None:
        with block(server).connect() as connection:
            assert connection.trace(parcel, None)[0] is Trace.ABSENT

    @pytest.mark.parametrize(
        ("there", "stays", "trace"),
        [
            (CONTENT, False, Trace.PUBLISHED),
            (b"theirs", False, Trace.UNKNOWN),
            (b"theirs", True, Trace.ABSENT),
            (None, False, Trace.UNKNOWN),
            (None, True, Trace.ABSENT),
        ],
    )
    def test_a_documents_own_address_is_asked(
        self, server: RunningWeb, parcel: Parcel, there: bytes | None, *, stays: bool, trace: Trace
    ) -> None:
        if there is not None:
            server.documents["/api/in//antrag.xml"] = there
        endpoint = block(server, absence_is_proof=stays, **OWN_URL)
        found, evidence = traced(endpoint, parcel)
        assert found is trace
        assert evidence

    @pytest.mark.parametrize(
        ("answer", "pointer", "trace"),
        [
            (Answer(200, b"<xml/>"), "", Trace.PUBLISHED),
            (Answer(404), "", Trace.ABSENT),
            (Answer(204), "", Trace.UNKNOWN),
            (Answer(200, b'{"items": [{"id": 7}]}'), "/items/0", Trace.PUBLISHED),
            (Answer(200, b'{"items": []}'), "/items/0", Trace.ABSENT),
            (Answer(200, b"<html>please log in</html>"), "/items/0", Trace.UNKNOWN),
        ],
    )
    def test_a_status_is_asked_for_by_the_key(
        self, server: RunningWeb, parcel: Parcel, answer: Answer, pointer: str, trace: Trace
    ) -> None:
        server.pages[f"/api/status?key={KEY}"] = answer
        endpoint = block(
            server, status_path="status?key={key}", status_pointer=pointer, absence_is_proof=True
        )
        assert traced(endpoint, parcel)[0] is trace
        doubtful = endpoint.model_copy(update={"absence_is_proof": False})
        expected = Trace.UNKNOWN if trace is Trace.ABSENT else trace
        assert traced(doubtful, parcel)[0] is expected

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (Answer(403), AccessRefused),
            (Answer(500), Unreachable),
            (Answer(302, headers={"Location": "/api"}), NotSupported),
        ],
    )
    def test_a_status_that_cannot_be_asked_settles_nothing(
        self, server: RunningWeb, parcel: Parcel, answer: Answer, error: type[Exception]
    ) -> None:
        server.pages["/api/status"] = answer
        server.documents["/api"] = b"please log in"
        endpoint = block(server, status_path="status", absence_is_proof=True, repeatable=True)
        with pytest.raises(error):
            traced(endpoint, parcel)

    def test_a_service_that_knows_the_key_gets_it_again(
        self, server: RunningWeb, parcel: Parcel
    ) -> None:
        server.answers.append(Answer(0))
        with block(server, repeatable=True).connect() as connection:
            staged = connection.stage(parcel)
            with pytest.raises(DeliveryUnconfirmed):
                connection.publish(parcel, staged)
            assert connection.trace(parcel, staged)[0] is Trace.STAGED
            connection.publish(parcel, staged)
        assert [one.headers["Idempotency-Key"] for one in server.sent()] == [KEY, KEY]

    def test_an_attempt_that_is_still_worked_on_is_no_refusal(
        self, server: RunningWeb, parcel: Parcel
    ) -> None:
        server.answers.append(Answer(409))
        with pytest.raises(DeliveryUnconfirmed):
            send(block(server, repeatable=True), parcel)
