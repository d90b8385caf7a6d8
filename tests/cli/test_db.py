"""`ovntrace db` over database files: what it prints in each form, and its exit codes."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from renderers.formats import DB_FORMATS
from tests.captured import FOLDER
from tests.cli.program import REPOSITORY, real, run
from tests.collectors.ovsdb_records import change, ref, standalone, uuid

SCHEMA = json.loads((REPOSITORY / "docs/schema/db.json").read_text())
NB = FOLDER / "databases" / "ovn-kubernetes-2023-12-running-example.worker-0.ovnnb_db.db.gz"
SB = FOLDER / "databases" / "ovn-kubernetes-2023-12-running-example.worker-0.ovnsb_db.db.gz"
PORT = "llm.demo.llm.demo.localnet.network_llm-demo_tinypod-01"
HOSTILE = '\x1b[2J[/b]`|\u202e\n# "'


def db(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return run(real("db", *(str(word) for word in words)))


def document(*words: str | Path, code: int = 0) -> dict[str, Any]:
    done = db(*words, "-o", "json")
    assert done.returncode == code, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


@pytest.mark.parametrize("form", DB_FORMATS)
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), ("OVN_Northbound", "standalone", "ACL", "75")),
        (("Logical_Switch",), ("localnet.cnv_ovn_localnet_switch",)),
        (("ACL", "--columns", "priority,match"), ("ip4", "1001")),
        (("--history", PORT), (PORT, "a3223537279452014807", "ovn-northd")),
    ],
)
def test_each_form_has_what_was_asked_for(
    form: str, words: tuple[str, ...], told: tuple[str, ...]
) -> None:
    done = db(NB, *words, "-o", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert [word for word in told if word not in done.stdout] == []


def test_the_overview() -> None:
    answer = document(NB)
    assert answer["file"] == {
        "database": "OVN_Northbound",
        "version": "7.1.0",
        "kind": "standalone",
        "records": 371,
        "begins": "2026-11-23T23:13:56.273Z",
        "ends": "2026-11-23T23:14:34.009Z",
        "compacted": False,
    }
    assert {"name": "Port_Group", "rows": 91} in answer["tables"]
    assert sum(one["transactions"] for one in answer["authors"]) == 370
    assert yaml.safe_load(db(NB, "-o", "yaml").stdout)["tables"] == answer["tables"]


def test_a_ports_history_in_the_terms_of_the_field() -> None:
    lines = [
        line.strip() for line in db(NB, "--history", PORT, "--width", "200").stdout.splitlines()
    ]
    wanted = [
        f"port {PORT} inserted",
        f"port {PORT} entered switch localnet.cnv_ovn_localnet_switch",
        "up: (none) -> false",
        "up: false -> true",
        f"port {PORT} entered port group a3223537279452014807",
        f"port {PORT} entered port group a679546803547591159",
    ]
    places = [lines.index(one) for one in wanted]
    assert places == sorted(places)
    assert "2026-11-23T23:14:15.000Z  record 200" in lines


def test_the_json_of_a_history_has_the_same() -> None:
    history = document(NB, "Logical_Switch_Port", "--history", PORT)["history"]
    assert history["table"] == "Logical_Switch_Port"
    told = [(one["record"], one["what"], one["column"], one["after"]) for one in history["changes"]]
    assert (272, "set", "up", True) in told
    groups = {one["other"]["name"] for one in history["changes"] if one["what"] == "entered"}
    assert {"a3223537279452014807", "localnet.cnv_ovn_localnet_switch"} <= groups


def test_a_port_bindings_groups_and_chassis() -> None:
    history = document(SB, "--history", PORT, "Port_Binding")["history"]
    chassis = [one["after"] for one in history["changes"] if one["column"] == "chassis"]
    assert [one["uuid"] for one in chassis if one]
    others = {one["other"]["table"] for one in history["changes"] if one["other"]}
    assert others == {"Multicast_Group", "Port_Group"}


def test_the_state_at_a_time() -> None:
    now = document(NB, "Logical_Switch_Port")["table"]["rows"]
    for at in ("2026-11-23T23:14:14", "2026-11-24T00:14:14+01:00", "-20s9ms"):
        answer = document(NB, "Logical_Switch_Port", "--at", at)
        assert answer["at"] == "2026-11-23T23:14:14.000Z"
        names = {row["name"] for row in answer["table"]["rows"]}
        assert PORT not in names
        assert 0 < len(names) < len(now)
    assert PORT in {row["name"] for row in now}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--at", "soon"), "is no time"),
        (("--at", "-4m"), "is before the log, which begins at 2026-11-23T23:13:56.273Z"),
        (("--at", "-1s", "--history", "x"), "give one of them"),
        (("--columns", "name"), "--columns are those of TABLE's rows"),
        (("Logical_Swich",), "candidates: Logical_Switch"),
        (("ACL", "--columns", "matsch"), "candidates: match"),
        (("--history", "tinypod-01"), f"{PORT}"),
    ],
)
def test_a_wrong_question(words: tuple[str, ...], said: str) -> None:
    done = db(NB, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_no_answer(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"no database")
    assert db(other).returncode == 3
    assert "not an OVSDB file" in db(other).stderr
    assert db(tmp_path / "nothing").returncode == 2


def test_a_cut_file_is_answered_with_a_gap(tmp_path: Path) -> None:
    file = tmp_path / "cut.db"
    file.write_bytes(standalone(change(0, Port={1: {"name": "a"}}), change(1, Port={1: None}))[:-9])
    answer = document(file, "Port", code=3)
    assert [row["name"] for row in answer["table"]["rows"]] == ["a"]
    [gap] = answer["gaps"]
    assert gap["reason"] == "truncated"
    assert "record 3 at byte" in gap["detail"]
    for form in ("table", "markdown"):
        done = db(file, "Port", "-o", form)
        assert done.returncode == 3
        assert "record 3 at byte" in done.stdout


def test_what_moves_a_terminal_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "hostile.db"
    first = change(
        0, HOSTILE, Port={1: {"name": HOSTILE, "external_ids": ["map", [[HOSTILE, HOSTILE]]]}}
    )
    then = change(
        1,
        HOSTILE,
        Port={1: {"external_ids": ["map", [[HOSTILE, "x"]]]}},
        Port_Group={9: {"name": HOSTILE, "ports": ref(1)}},
    )
    file.write_bytes(standalone(first, then))
    for words in ((), ("Port",), ("--history", uuid(1))):
        for form in ("table", "markdown"):
            done = db(file, *words, "-o", form)
            assert done.returncode == 0
            for char in ("\x1b", "\u202e", '\n# "'):
                assert char not in done.stdout[2:]
        assert db(file, *words, "-o", "json").stdout.isascii()
    assert document(file, "Port")["table"]["rows"][0]["name"] == HOSTILE
