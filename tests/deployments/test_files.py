"""Files of transfers: a right one is read, a wrong one says where, what, and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.files import ROOT, read_transfers
from deployments.findings import FilesWrong, Finding
from deployments.yaml_text import YamlText
from transforms.errors import DefinitionWrong

GOOD = """\
# yaml-language-server: $schema=../transfer.schema.json
name: NOLIS an KOMBOX
group: NOLIS
kdnr: "0100"
schedules:
  - cron: 0/5 * ? * MON-FRI
source:
  endpoint: webdav-server/kombox
  directory: eingang
  selection: FLAT
steps:
  - kind: rename
    template: "{stem}{suffix}"
recipients:
  - name: Bauamt
    targets:
      - endpoint: sftp-server/gnap03
"""


def findings_of(directory: Path, *texts: str | bytes) -> list[Finding]:
    """Write the texts as files of one directory and return what is found wrong in them."""
    for number, text in enumerate(texts):
        content = text if isinstance(text, bytes) else text.encode()
        (directory / f"{number}.yaml").write_bytes(content)
    with pytest.raises(FilesWrong) as refusal:
        read_transfers([directory])
    assert str(len(refusal.value.findings)) in refusal.value.what
    return list(refusal.value.findings)


def test_a_right_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.yaml").write_text(GOOD, encoding="utf-8-sig")
    (tmp_path / "notes.txt").write_text("no transfer", encoding="utf-8")
    (one,) = read_transfers([tmp_path])
    assert one.transfer.name == "NOLIS an KOMBOX"
    assert one.transfer.kdnr == "0100"


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    assert len(read_transfers([tmp_path, tmp_path / "a.yaml"])) == 1


def test_the_example_beside_the_transfers_is_right(tmp_path: Path) -> None:
    example = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1]
    (tmp_path / "a.yaml").write_text(example.removeprefix("yaml\n"), encoding="utf-8")
    assert read_transfers([tmp_path])


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "hint"),
    [
        ("group: NOLIS", "grup: NOLIS", 3, "grup", "did you mean group?"),
        ("  directory:", "  verzeichnis:", 9, "source.verzeichnis", "endpoint, directory"),
        ("selection: FLAT", "selection: flat", 10, "source.selection", "did you mean FLAT?"),
        ("selection: FLAT", "selection: X", 10, "source.selection", "write FLAT or RECURSIVE"),
        ("selection: FLAT", "minimum_age: old", 10, "source.minimum_age", "write a number"),
        ("selection: FLAT", "maximum_files: 0", 10, "source.maximum_files", "greater than"),
        ("selection: FLAT", "maximum_files: 010", 10, "source.maximum_files", "drop the zero"),
        ("selection: FLAT", "fail_if_empty: perhaps", 10, "source.fail_if_empty", "true or false"),
        ("selection: FLAT", "retries: 3", 10, "source.retries", "write them below it"),
        ("webdav-server/kombox", "kombox", 8, "source.endpoint", "write type/name"),
        ("  endpoint: webdav-server/kombox\n", "", 7, "source.endpoint", "add `endpoint:`"),
        ('kdnr: "0100"', "kdnr: 0100", 4, "kdnr", 'put it in quotes: "0100"'),
        ('kdnr: "0100"', "kdnr: 4711", 4, "kdnr", 'put it in quotes: "4711"'),
        ('kdnr: "0100"', "kdnr: on", 4, "kdnr", 'put it in quotes: "on"'),
        ('kdnr: "0100"', "kdnr:", 4, "kdnr", "drop the key"),
        ('kdnr: "0100"', "kdnr: [a]", 4, "kdnr", "without dashes"),
        ('kdnr: "0100"', 'kdnr: "{{ x }}"', 4, "kdnr", "single braces"),
        ('kdnr: "0100"', "group: B", 4, "group", "remove one of the two"),
        ("name: NOLIS an", "name: NOLIS/", 2, "name", "another character"),
        ("name: NOLIS an KOMBOX", 'name: "!!"', 2, "name", "people recognise"),
        ("0/5 * ? * MON-FRI", "0 0/5 * * * *", 6, "schedules[0]", "leave the seconds out"),
        ("kind: rename", "kind: renam", 12, "steps[0].kind", "did you mean rename?"),
        ("template:", "tempate:", 13, "steps[0].tempate", "did you mean template?"),
        ("recipients:\n  - name: Bauamt\n    targets:", "targets:", 2, "recipients", "add `rec"),
        ("  - name: Bauamt\n    targets:", "    targets:", 14, "recipients", "with a dash"),
        ("source:", "source: {", 9, "", ""),
        ("group: NOLIS", "\tgroup: NOLIS", 3, "", "indent with spaces"),
        ("group: NOLIS", "group: a: b", 3, "", "in quotes if it holds a colon"),
        ("source:", "---\nsource:", 7, "", "one file holds one transfer"),
    ],
)
def test_a_mistake_is_told_with_line_field_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, field: str, hint: str
) -> None:
    assert GOOD.count(old) >= 1
    found = findings_of(tmp_path, GOOD.replace(old, new, 1))
    matching = [one for one in found if (one.field, one.line) == (field, line)]
    assert matching, "\n".join(map(str, found))
    assert any(hint in f"{one.what} {one.remedy}" for one in matching), matching


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    wrong = GOOD.replace("group:", "grup:").replace("selection: FLAT", "selektion: FLAT")
    found = findings_of(tmp_path, wrong, "", GOOD, "name: [", b"name: M\xfcnster")
    places = [(one.path.name, one.line) for one in found]
    assert places == [("0.yaml", 3), ("0.yaml", 10), ("1.yaml", 1), ("3.yaml", 1), ("4.yaml", 1)]
    text = str(FilesWrong(found))
    assert "5 mistakes in 4 files" in text
    assert text.count("\n    -> ") == 5


@pytest.mark.parametrize("second", ["NOLIS an KOMBOX", "Nolis-an-Kombox"])
def test_two_transfers_of_one_name_are_refused(tmp_path: Path, second: str) -> None:
    """The ledger and the artifacts know a transfer by its name."""
    (finding,) = findings_of(tmp_path, GOOD, GOOD.replace("NOLIS an KOMBOX", second))
    assert (finding.path.name, finding.line, finding.field) == ("1.yaml", 2, "name")
    assert "0.yaml has a transfer of this name already" in finding.what


def test_a_structure_that_holds_itself_is_refused(tmp_path: Path) -> None:
    assert findings_of(tmp_path, "&a\nname: x\nsource: *a\n")


def test_characters_that_yaml_forbids_are_told(tmp_path: Path) -> None:
    (finding,) = findings_of(tmp_path, b"name: a\x00b\n")
    assert "U+0000" in finding.what


def test_a_merged_mapping_keeps_the_lines_of_its_keys(tmp_path: Path) -> None:
    text = YamlText(tmp_path / "a.yaml", b"base: &b\n  x: 1\nuse:\n  <<: *b\n  y: 2\n")
    assert not text.findings
    assert text.place(("use", "y")).line == 5
    assert text.data["use"] == {"x": 1, "y": 2}


@pytest.mark.parametrize("given", ["nowhere", "."])
def test_paths_without_transfers_are_refused(tmp_path: Path, given: str) -> None:
    """Above all an empty directory: applying it would remove every transfer."""
    with pytest.raises(DefinitionWrong, match="There is no"):
        read_transfers([tmp_path / given])
