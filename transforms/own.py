"""Steps and mappings of an office's own, found by the entry points of installed packages.

A package names them in its pyproject.toml:

    [project.entry-points."govmanager.steps"]
    leave-out-pages = "our_steps.pages:LeaveOutPages"

    [project.entry-points."govmanager.mappings"]
    antrag-to-ours = "our_mappings.antrag_to_ours:MAPPING"

What is found here runs with all rights of the hub, as the packages do that it is installed with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, get_args

from transforms.errors import DefinitionWrong
from transforms.mapping import XmlMapping
from transforms.step import Step

STEPS = "govmanager.steps"
MAPPINGS = "govmanager.mappings"


def own_steps(known: Sequence[type[Step]]) -> list[type[Step]]:
    """Return the steps of other packages, in the order of their entry points' names.

    Args:
        known: the steps whose kinds and option names are taken.

    Raises:
        DefinitionWrong: one cannot be loaded, is no step, or has a kind or the name of an option
            that is taken.
    """
    steps = list(known)
    for point, loaded in _loaded(STEPS):
        if not isinstance(loaded, type) or not issubclass(loaded, Step):
            raise _wrong(point, "is no subclass of transforms.step.Step")
        _check(point, loaded, steps)
        steps.append(loaded)
    return steps[len(known) :]


def own_mappings(known: Mapping[str, XmlMapping[Any, Any]]) -> dict[str, XmlMapping[Any, Any]]:
    """Return the mappings of other packages, by name.

    Args:
        known: the mappings whose names are taken.

    Raises:
        DefinitionWrong: one cannot be loaded, is no mapping, or has a name that is taken.
    """
    found: dict[str, XmlMapping[Any, Any]] = {}
    for point, loaded in _loaded(MAPPINGS):
        if not isinstance(loaded, XmlMapping):
            raise _wrong(point, "is no transforms.mapping.XmlMapping")
        if loaded.name in known or loaded.name in found:
            raise _wrong(point, f"has the name {loaded.name}, which another mapping has")
        found[loaded.name] = loaded
    return found


def _loaded(group: str) -> Iterator[tuple[EntryPoint, object]]:
    # The same package can be found twice, such as by an editable installation: once counts.
    points = {(point.name, point.value): point for point in entry_points(group=group)}
    for point in sorted(points.values(), key=lambda one: (one.name, one.value)):
        try:
            yield point, point.load()
        except (ImportError, AttributeError) as error:
            raise _wrong(point, f"cannot be loaded: {error}") from error


def _check(point: EntryPoint, step: type[Step], others: Sequence[type[Step]]) -> None:
    kind = _kind_of(step)
    if not kind:
        raise _wrong(point, "needs a first field kind with one Literal and the same default")
    options = set(step.model_fields) - {"kind"}
    for other in others:
        if _kind_of(other) == kind:
            raise _wrong(point, f"has the kind {kind}, which {other.__name__} has")
        # The run form keeps values by field name when the kind of a step is changed.
        if taken := sorted(options & set(other.model_fields)):
            raise _wrong(point, f"has the option {taken[0]}, which {other.__name__} has")


def _kind_of(step: type[Step]) -> str:
    field = step.model_fields["kind"]
    words = get_args(field.annotation)
    return str(words[0]) if words == (field.default,) else ""


def _wrong(point: EntryPoint, what: str) -> DefinitionWrong:
    package = point.dist.name if point.dist else "an unnamed package"
    return DefinitionWrong(
        f"The entry point {point.name} of {package} {what}",
        where=f"{point.group}: {point.value}",
        remedy="Correct or remove the package",
    )
