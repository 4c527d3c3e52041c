"""Which bundles a run takes: whole ones, in order, up to the cap, none of them split.

The source is listed twice. The first look finds the bundles; the second gathers the files of those
that are chosen, and sees at the same time what has changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from blocks.endpoint import RemoteFile, display
from flows.bundle_survey import Group, Survey, survey_lists, survey_stems, what_lies
from flows.bundles import are_late
from flows.selection import (
    Before,
    Chosen,
    Connect,
    Gates,
    Picked,
    Unclaimed,
    candidates,
    look,
    looked_before,
    only_unclaimed,
    show,
    tell_refused,
)
from flows.source import BundleKind, LateParts, Source

Sent = Callable[[Collection[str]], Mapping[str, Collection[str]]]
"""Tells which bundles of these keys the transfer has taken before, with the names of their parts."""


@dataclass(frozen=True, slots=True)
class Look:
    """What both looks at the source share."""

    source: Source
    connect: Connect
    unclaimed: Unclaimed
    before: Before

    def gates(self, picked: Picked) -> Gates:
        """Return the gates that a file passes, whatever its bundle."""
        return Gates(self.source, self.before, picked)

    def free(self, listed: Iterable[RemoteFile]) -> Iterable[Chosen]:
        """Return what may be taken by its name and is not claimed."""
        return only_unclaimed(candidates(self.source, listed), self.unclaimed)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the second look is to gather.

    Attributes:
        survey: what the first look found.
        wanted: keys of the bundles that this run may take, in order.
        known: for bundles that lack parts and were taken before, the names they had then.
    """

    survey: Survey
    wanted: Sequence[str]
    known: Mapping[str, Collection[str]]


def pick_bundles(source: Source, connect: Connect, unclaimed: Unclaimed, sent: Sent) -> Picked:
    """Look at the source and choose which bundles to take, up to the cap.

    Args:
        source: what to list and to choose.
        connect: gives a connection to the source for one listing, which has the source's retries.
        unclaimed: asks the ledger which files are free.
        sent: asks the ledger which bundles were taken before.

    Raises:
        EndpointError: the source cannot be listed.
        StoreUnavailable: the hub's own disk cannot take the files that list others.
    """
    picked = Picked()
    looks = Look(source, connect, unclaimed, looked_before(source, connect))
    survey = _surveyed(looks, picked)
    plan = _planned(looks, survey, picked, sent)
    gathered = look(source, connect, partial(_gather, looks, plan, picked))
    for key in plan.wanted:
        _take(plan, key, gathered.get(key, []), picked)
    for key, names in plan.known.items():
        _judge_known(looks, survey.groups[key], gathered.get(key, []), names, picked)
    tell_refused(picked)
    return picked


def _surveyed(looks: Look, picked: Picked) -> Survey:
    gates = looks.gates(picked)
    if looks.source.bundle.kind is BundleKind.STEM:
        return look(
            looks.source,
            looks.connect,
            lambda listed: survey_stems(looks.source, gates, looks.free(listed)),
        )
    lying = look(
        looks.source,
        looks.connect,
        lambda listed: what_lies(looks.source, gates, looks.free(listed)),
    )
    return survey_lists(looks.source, looks.connect, gates, lying)


# -- what is to be gathered -----------------------------------------------------------------


def _planned(looks: Look, survey: Survey, picked: Picked, sent: Sent) -> Plan:
    """Sort the bundles into those that can go, that wait, and that were taken before."""
    gates = looks.gates(Picked())
    ordered = sorted(survey.groups, key=lambda key: survey.groups[key].place)
    lacking = [key for key in ordered if survey.groups[key].lacks]
    known = sent(lacking)
    for key in lacking:
        group = survey.groups[key]
        if key not in known and (group.is_hopeless or gates.is_overdue(group.modified)):
            show(picked.abandoned, _in_words(group))
    whole = [key for key in ordered if not survey.groups[key].lacks]
    ready = [key for key in whole if survey.groups[key].is_ready]
    picked.ready = sum(survey.groups[key].files for key in ready)
    picked.not_ready = sum(group.files for group in survey.groups.values()) - picked.ready
    wanted = _within(looks.source.maximum_files, ready, survey.groups)
    suspects = [key for key in lacking if key in known][: looks.source.maximum_files]
    return Plan(survey, wanted, {key: known[key] for key in suspects})


def _in_words(group: Group) -> str:
    return f"{display(group.place[1])} ({', '.join(group.lacks)} missing)"


def _within(cap: int, keys: Sequence[str], groups: Mapping[str, Group]) -> list[str]:
    """Return the first bundles that the cap allows; the first one goes whatever its size."""
    taken: list[str] = []
    files = 0
    for key in keys:
        files += groups[key].files
        if taken and files > cap:
            break
        taken.append(key)
    return taken


# -- what was gathered ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gathered:
    """A file of a bundle; `admitted` has the facts of its claim, None if a gate holds it back."""

    file: RemoteFile
    admitted: Chosen | None


def _gather(
    looks: Look, plan: Plan, picked: Picked, listed: Iterable[RemoteFile]
) -> dict[str, list[Gathered]]:
    gates = looks.gates(Picked())
    interesting = {*plan.wanted, *plan.known}
    gathered: dict[str, list[Gathered]] = {}
    for one in looks.free(listed):
        own = plan.survey.member(one.file)
        if own is None:
            if plan.survey.knows_all and gates.is_overdue(one.file.modified):
                show(picked.abandoned, f"{display(one.file.path)} (no file lists it)")
        elif own.key in interesting:
            takeable = gates.is_takeable(one.file)
            admitted = gates.admitted(one) if takeable else None
            if admitted:
                admitted = Chosen(one.file, {**admitted.facts, **own.facts})
            gathered.setdefault(own.key, []).append(Gathered(one.file, admitted))
    return gathered


def _take(plan: Plan, key: str, files: Sequence[Gathered], picked: Picked) -> None:
    """Choose a bundle if it still is whole and ready."""
    chosen = [one.admitted for one in files if one.admitted]
    lacks = plan.survey.lacking(key, [one.file for one in files])
    if lacks or len(chosen) < len(files):
        picked.ready -= plan.survey.groups[key].files
        picked.not_ready += len(files)
        return
    # What has come since the first look goes along.
    picked.ready += len(files) - plan.survey.groups[key].files
    picked.chosen += sorted(chosen, key=lambda one: one.file.path)


def _judge_known(
    looks: Look,
    group: Group,
    files: Sequence[Gathered],
    names: Collection[str],
    picked: Picked,
) -> None:
    """Tell whether files come after their bundle, and what becomes of them then."""
    overdue = looks.gates(picked).is_overdue(group.modified)
    lying = [display(one.file.name) for one in files]
    if not files or not are_late(lying, names, overdue=overdue):
        return
    paths = ", ".join(display(one.file.path) for one in files)
    if looks.source.bundle.late_parts is LateParts.REPORT:
        show(picked.late, paths)
        return
    chosen = [one.admitted for one in files if one.admitted]
    fits = len(picked.chosen) + len(chosen) <= looks.source.maximum_files or not picked.chosen
    if fits and len(chosen) == len(files):
        show(picked.late, paths)
        picked.chosen += chosen
        picked.ready += len(chosen)
        picked.not_ready -= len(chosen)
