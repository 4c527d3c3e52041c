"""The second half of a batch: what is staged and noted becomes visible, and its proof is noted."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.logging import get_run_logger

from blocks.endpoint import Can, Connection, Endpoint, Parcel, Receipt, Staged
from blocks.ledger import Delivery
from flows.rounds import Round
from transforms.errors import (
    AlreadyThere,
    DeliveryUnconfirmed,
    DocumentRefused,
    EndpointError,
    FileChanged,
    NameNotAllowed,
    StepFailed,
)

OWN_FAULT = (AlreadyThere, NameNotAllowed, DocumentRefused, FileChanged, StepFailed)
"""Errors of one document, which no other target would mend; the others go on."""


def publish(
    round_: Round,
    endpoint: Endpoint,
    connection: Connection,
    staged: Sequence[tuple[Delivery, Parcel, Staged]],
) -> list[int]:
    """Publish a batch and write down what is proven.

    Returns:
        Bytes of each document that arrived.

    Raises:
        EndpointError: of one that did not, and that may go out later.
    """
    proven: list[tuple[int, Receipt]] = []
    not_taken: list[tuple[int, EndpointError]] = []
    refused: list[tuple[Delivery, Parcel, EndpointError]] = []
    broken: EndpointError | None = None
    answers = connection.publish_many([(parcel, where) for _, parcel, where in staged])
    for (delivery, parcel, _), answer in zip(staged, answers, strict=True):
        if isinstance(answer, OWN_FAULT):
            refused.append((delivery, parcel, answer))
        elif isinstance(answer, EndpointError):
            broken = broken or answer
            if _proves_nothing_came(endpoint, answer):
                not_taken.append((delivery.id, answer))
        else:
            proven.append((delivery.id, answer))
    with round_.work.ledger.write() as book:
        book.delivered(proven)
        for number, error in not_taken:
            book.failed(number, error, round_.decision(number))
    for delivery, parcel, error in refused:
        round_.refuse(delivery, error)
        tidy_up(connection, parcel)
    if broken:
        raise broken
    sent = dict(proven)
    return [parcel.fingerprint.size for delivery, parcel, _ in staged if delivery.id in sent]


def _proves_nothing_came(endpoint: Endpoint, error: EndpointError) -> bool:
    """Tell whether a delivery that failed may go out again without asking.

    What can be asked is asked; the others' word is all there is (`Connection.publish`).
    """
    return Can.TRACE not in endpoint.can and not isinstance(error, DeliveryUnconfirmed)


def tidy_up(connection: Connection, parcel: Parcel) -> None:
    """Take away what was staged, now that the ledger no longer counts on it."""
    try:
        connection.trace(parcel, None)
    except EndpointError as error:
        get_run_logger().warning("A temporary file may be left behind: %s", error)
