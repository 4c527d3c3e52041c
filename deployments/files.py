"""Reads the transfers that are written down as YAML, and says precisely what is wrong with them.

Every `*.yaml` below `deployments/transfers/` is one transfer. That directory is the whole truth
about the transfers of a hub: `govmanager apply` without paths makes the server agree with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from deployments.explain import explain
from deployments.findings import FilesWrong, Finding
from deployments.yaml_text import YamlText
from flows.definition import Transfer
from transforms.errors import DefinitionWrong

PROJECT = Path(__file__).resolve().parents[1]
"""Directory that holds flows/, blocks/, transforms/ and deployments/."""

ROOT = PROJECT / "deployments" / "transfers"
"""Where the transfers are, if no paths are given."""

BANNED = re.compile(r"[/%&<>]")
"""Characters that Prefect allows in no name of a deployment."""


@dataclass(frozen=True, slots=True)
class TransferFile:
    """A transfer, and the text of the file it was read from."""

    text: YamlText
    transfer: Transfer

    def finding(self, location: Sequence[str | int], what: str, remedy: str) -> Finding:
        """Say what is wrong at a spot of the file, such as `("source", "endpoint")`."""
        place = self.text.place(location)
        return Finding(self.text.path, place.line, place.field, what, remedy)


def read_transfers(paths: Sequence[Path] = ()) -> list[TransferFile]:
    """Read files, and the YAML files below directories; without paths, all below `ROOT`.

    Returns:
        The transfers in the order of their paths.

    Raises:
        FilesWrong: with every mistake of every file.
        DefinitionWrong: a path is not there, or no file was found.
    """
    found: list[TransferFile] = []
    findings: list[Finding] = []
    for path in _files(paths or [ROOT]):
        text = YamlText(_shown(path), path.read_bytes())
        transfer, wrong = _validated(text)
        findings += wrong
        if transfer:
            found.append(TransferFile(text, transfer))
    findings += _same_names(found)
    if findings:
        raise FilesWrong(findings)
    return found


def _files(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [*path.rglob("*.yaml"), *path.rglob("*.yml")]
            files += sorted(file for file in inside if file.is_file())
        elif path.is_file():
            files.append(path)
        else:
            raise DefinitionWrong(
                "There is no such file or directory", where=str(path), remedy="Correct the path"
            )
    if not files:
        raise DefinitionWrong(
            "There is no transfer",
            where=", ".join(map(str, paths)),
            remedy="Write one as NAME.yaml, or name the directory where they are",
        )
    return list(dict.fromkeys(file.resolve() for file in files))


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _validated(text: YamlText) -> tuple[Transfer | None, list[Finding]]:
    if text.data is None:
        return None, text.findings
    try:
        transfer = Transfer.model_validate(text.data)
    except ValidationError as error:
        schema = Transfer.model_json_schema()
        wrong = [explain(one, text, schema) for one in error.errors(include_url=False)]
        return None, _in_order([*text.findings, *_unfit_name(text), *wrong])
    return transfer, [*text.findings, *_unfit_name(text)]


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Sort by line, and leave out what two checks say of one value: the first knows more."""
    first: dict[tuple[int, str, str], Finding] = {}
    for finding in findings:
        quoting = "without quotes" in finding.what
        first.setdefault((finding.line, finding.field, "" if quoting else finding.what), finding)
    return sorted(first.values(), key=lambda finding: finding.line)


def _unfit_name(text: YamlText) -> Iterator[Finding]:
    """Look at the name before the model does: it may be wrong where the rest is, too."""
    name = text.data.get("name") if isinstance(text.data, dict) else None
    if not isinstance(name, str):
        return
    line = text.place(("name",)).line
    if banned := sorted(set(BANNED.findall(name))):
        what = f"Prefect allows no {' '.join(banned)} in the name of a deployment"
        yield Finding(text.path, line, "name", what, "choose another character")
    if name and not re.search(r"[A-Za-z0-9]", name):
        what = "the name has no letter and no digit"
        yield Finding(text.path, line, "name", what, "write one that people recognise")


def _same_names(found: Iterable[TransferFile]) -> Iterator[Finding]:
    """Compare the names as the keys of artifacts have them, where A-B and a b are one."""
    first: dict[str, TransferFile] = {}
    for one in found:
        earlier = first.setdefault(one.transfer.slug, one)
        if earlier is not one:
            what = f"{earlier.text.path} has a transfer of this name already"
            yield one.finding(("name",), what, "give one of the two another name")
