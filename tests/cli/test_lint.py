"""`ovntrace lint` over dumps: what it prints in each form, and its exit codes."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from renderers.formats import LINT_FORMATS
from tests.captured import FOLDER, NAMES
from tests.cli.program import REPOSITORY, real, run

SCHEMA = json.loads((REPOSITORY / "docs/schema/lint.json").read_text())
HOSTILE = '\x1b[2J[/b]`|\u202e\n# "'

Row = dict[str, Any]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """A dump of two nodes that may be changed."""
    # Python 3.11.2, which Debian 12 has, knows no filter yet.
    shutil.unpack_archive(FOLDER / f"{NAMES[-1]}.tar.gz", tmp_path)
    [folder] = tmp_path.iterdir()
    return folder


def change(dump: Path, spoil: Callable[[Row], None], node: str = "worker-0") -> None:
    """Change the first drop and the first allow-related ACL of a node's default network."""
    file = dump / node / "nbctl" / "ACL.json"
    table = json.loads(file.read_text())
    headings = table["headings"]
    for action in ("drop", "allow-related"):
        cells = next(row for row in table["data"] if row[headings.index("action")] == action)
        named = dict(zip(headings, cells, strict=True))
        spoil(named)
        cells[:] = [named[heading] for heading in headings]
    file.write_text(json.dumps(table))


def blocks_nothing(row: Row) -> None:
    row["match"] = "ip4.src == fd00::1"


def is_hostile(row: Row) -> None:
    row["match"] = f'inport == "a" && {HOSTILE}'
    row["name"] = HOSTILE


def lint(dump: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return run(real("lint", "--from", str(dump), *words))


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


@pytest.mark.parametrize("form", LINT_FORMATS)
def test_sound(dump: Path, form: str) -> None:
    done = lint(dump, "-o", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert "OVT901" not in done.stdout
    answer = document(lint(dump, "-o", "json"))
    assert (answer["acls"], answer["findings"], answer["gaps"]) == ([], [], [])
    assert answer["seen"] == {"switches": 26, "acls": 141}


@pytest.mark.parametrize("form", LINT_FORMATS)
def test_each_form_has_the_match_the_error_and_what_follows(dump: Path, form: str) -> None:
    change(dump, blocks_nothing)
    done = lint(dump, "-o", form)
    assert (done.returncode, done.stderr) == (1, "")
    wanted = ("ip4.src == fd00::1", "128-bit constant is not compatible with", "open", "closed")
    for words in (*wanted, "worker-0"):
        assert words in done.stdout
    assert "worker-1" not in done.stdout


def test_the_caret_is_below_its_place(dump: Path) -> None:
    change(dump, blocks_nothing)
    lines = lint(dump).stdout.splitlines()
    assert lines[0].startswith("✗ BROKEN")
    at = next(n for n, line in enumerate(lines) if "fd00::1" in line)
    start = lines[at].index("ip4.src")
    assert lines[at + 1] == " " * start + "^" * len("ip4.src == fd00::1")


def test_the_json_fits_its_schema_and_says_the_same_as_yaml(dump: Path) -> None:
    change(dump, is_hostile)
    done = lint(dump, "-o", "json")
    answer = document(done)
    assert done.stdout.isascii()
    assert yaml.safe_load(lint(dump, "-o", "yaml").stdout) == answer
    assert answer["outcome"] == {"exit_code": 1}
    assert len(answer["findings"]) == len(answer["acls"]) > 1
    for one, finding in zip(answer["acls"], answer["findings"], strict=True):
        assert finding["id"] == "OVT901"
        assert finding["where"]["switch"] == one["switch"]
        assert one["acl"]["uuid"] in finding["evidence"][0]["command"]
        assert one["acl"]["name"] == HOSTILE
        assert one["acl"]["match"] in one["installed"]


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_what_moves_a_terminal_is_shown(dump: Path, form: str) -> None:
    change(dump, is_hostile)
    done = lint(dump, "-o", form)
    assert done.returncode == 1
    for char in ("\x1b", "\u202e", "\n# "):
        assert char not in done.stdout[2:]


def test_only_a_node(dump: Path) -> None:
    change(dump, blocks_nothing, node="worker-1")
    assert lint(dump, "--node", "worker-0").returncode == 0
    assert lint(dump, "--node", "worker-1").returncode == 1
    wrong = lint(dump, "--node", "worker-2", "-o", "json")
    assert wrong.returncode == 2
    assert json.loads(wrong.stdout)["error"]["candidates"] == ["worker-0", "worker-1"]


@pytest.mark.parametrize("words", [("--switch", "worker-9"), ("--network", "nosuch")])
def test_what_is_not_there_is_a_wrong_question(dump: Path, words: tuple[str, ...]) -> None:
    done = lint(dump, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "candidates: " in done.stderr


def test_a_node_without_databases_is_a_gap(dump: Path) -> None:
    shutil.rmtree(dump / "worker-1" / "nbctl")
    answer = lint(dump, "-o", "json")
    assert answer.returncode == 3
    assert [gap["node"] for gap in document(answer)["gaps"]] == ["worker-1"]
    assert lint(dump).stdout.startswith("? unknown")


def test_a_table_that_is_cut_is_a_gap(dump: Path) -> None:
    file = dump / "worker-1" / "nbctl" / "Address_Set.json"
    file.write_bytes(file.read_bytes()[:-40])
    done = lint(dump, "-o", "json")
    assert done.returncode == 3
    assert all(one["node"] == "worker-1" for one in document(done)["gaps"])
    assert document(done)["acls"] == []


def test_nothing_at_all_is_no_answer(dump: Path) -> None:
    for node in ("worker-0", "worker-1"):
        shutil.rmtree(dump / node / "nbctl")
    done = lint(dump)
    assert (done.returncode, done.stdout) == (3, "")
    assert "nb" in done.stderr
