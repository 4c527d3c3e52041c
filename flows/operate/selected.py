"""Which deliveries an operator means, and which of them may have arrived."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from blocks.ledger import Delivery, DeliveryState
from blocks.ledger.rows import ENDS
from flows.operate.forms import Doubtful, Selected
from flows.parcels import is_repeated
from flows.rounds import Round
from flows.settle import settle_everywhere
from flows.work import Work
from transforms.errors import DefinitionWrong, DeliveryUnconfirmed


def selected(
    deliveries: Iterable[Delivery], form: Selected, also: Collection[str] = ()
) -> list[Delivery]:
    """Choose the deliveries that a form names.

    Args:
        deliveries: those of the execution.
        form: names of recipients and files; none: all.
        also: names of files that are no deliveries and may be named all the same.

    Raises:
        DefinitionWrong: it names somebody or something that the execution does not know.
    """
    every = list(deliveries)
    _check(form, "recipient", form.recipients, {one.recipient for one in every})
    _check(form, "file", form.files, {one.name for one in every} | set(also))
    return [
        one
        for one in every
        if (not form.recipients or one.recipient in form.recipients)
        and (not form.files or one.name in form.files)
    ]


def _check(form: Selected, kind: str, names: Sequence[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise DefinitionWrong(
                f"This execution has no {kind} {name!r}",
                where=form.execution,
                remedy=f"Choose among {', '.join(sorted(known)[:20]) or 'nothing: it has none'}",
            )


def still_open(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Leave out what is proven or discarded."""
    return [one for one in deliveries if one.state not in ENDS]


async def ask_first(work: Work, doubtful: Iterable[Delivery]) -> None:
    """Ask the targets about what may have arrived; what is there unseen is taken away again.

    Nobody is asked while the execution is held.
    """
    if work.execution.held:
        return
    staged = [one for one in doubtful if one.state is DeliveryState.STAGED]
    for recipient in dict.fromkeys(one.recipient for one in staged):
        await settle_everywhere(Round(work, recipient, set()), may_publish=False)


def refuse_if_in_doubt(deliveries: Iterable[Delivery], form: Doubtful) -> None:
    """Stop where nobody can tell whether something has arrived, unless that is accepted.

    Raises:
        DeliveryUnconfirmed: it may have.
    """
    for one in deliveries:
        if (one.state is DeliveryState.STAGED or is_repeated(one)) and not form.even_if_in_doubt:
            raise DeliveryUnconfirmed(
                f"{one.name} may have reached {one.recipient}. {one.error}".strip(" ."),
                where=one.endpoint,
                remedy="Ask the recipient; then do it with `Auch wenn ungeklärt`, or resume",
            )
