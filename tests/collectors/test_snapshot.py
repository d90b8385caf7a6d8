"""Captures become records: databases by their content, the same bytes once."""

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from collectors import ovsdbfile
from collectors.artifacts import BY_NAME
from collectors.snapshot import make_snapshot
from ovntrace.model.capture import Capture, Missing, Reason, Target
from ovntrace.model.snapshot import Snapshot
from tests.collectors import ovsdb

EMPTY = b'{"data":[],"headings":["_uuid"]}\n'


def database_file(folder: Path, *names: str) -> bytes:
    """A northbound file with logical switches of these names, each of a transaction."""
    file = folder / "nb.db"
    schema = ovsdb.SCHEMAS["nb"]
    subprocess.run(["ovsdb-tool", "create", str(file), str(schema)], check=True)
    for name in names:
        switch = {"op": "insert", "table": "Logical_Switch", "row": {"name": name}}
        words = ["ovsdb-tool", "transact", str(file), json.dumps(["OVN_Northbound", switch])]
        subprocess.run(words, check=True, capture_output=True)
    return file.read_bytes()


def snapshot(*results: Capture | Missing, kind: str = "dump") -> Snapshot:
    return make_snapshot(results, source_kind=kind, place="here")


def captured(node: str, data: bytes, **more: Any) -> Capture:
    return Capture(Target(node=node), "nb", data, **{"origin": "file", **more})


@pytest.mark.lab
@pytest.mark.parametrize("packed", [False, True])
def test_a_servers_own_file_is_known_by_its_content(tmp_path: Path, packed: bool) -> None:
    data = database_file(tmp_path, "join")
    found = snapshot(captured("n", gzip.compress(data) if packed else data))
    assert [row.text("name") for row in found.nb["n"].db.table("Logical_Switch")] == ["join"]
    assert found.missing == ()


@pytest.mark.lab
def test_a_file_that_is_cut_is_a_gap(tmp_path: Path) -> None:
    found = snapshot(captured("n", database_file(tmp_path, "join", "lost")[:-5]))
    [missing] = found.missing
    assert (missing.reason, missing.artefact) == (Reason.TRUNCATED, "nb")
    assert [row.text("name") for row in found.nb["n"].db.table("Logical_Switch")] == ["join"]


@pytest.mark.lab
def test_equal_bytes_of_several_nodes_are_parsed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, other = database_file(tmp_path, "join"), EMPTY * len(BY_NAME["nb"].tables)
    read, calls = ovsdbfile.read_database_file, []

    def counted(*arguments: Any, **more: Any) -> Any:
        calls.append(arguments)
        return read(*arguments, **more)

    monkeypatch.setattr(ovsdbfile, "read_database_file", counted)
    nodes = [f"node-{n}" for n in range(5)]
    found = snapshot(*(captured(node, data) for node in nodes), captured("else", other))
    assert len(calls) == 1
    assert len({id(found.nb[node]) for node in nodes}) == 1
    assert found.nb["else"] is not found.nb["node-0"]


def test_the_prefix_of_a_copied_file_is_that_of_a_listing() -> None:
    prefix = "kubectl exec -n ovn pod -c nbdb -- "
    argv = ("timeout", "9", "gzip", "-1", "-c", "/etc/ovn/ovnnb_db.db")
    found = snapshot(captured("n", EMPTY, origin=prefix + " ".join(argv), argv=argv))
    assert found.origin("nb", "n").prefix == prefix


@pytest.mark.parametrize("kind", ["kube", "dump"])
def test_a_kind_that_the_api_does_not_know_has_no_objects(kind: str) -> None:
    asked = "GET /apis/kubevirt.io/v1/virtualmachines"
    gone = Missing(Target(), "virtualmachines", Reason.ABSENT, "the cluster has none", "", asked)
    found = snapshot(gone, kind=kind)
    assert found.kube.has("virtualmachines")
    assert found.missing == ()
    never = Missing(Target(), "virtualmachines", Reason.ABSENT, "no file", "", "kube/x.json")
    assert snapshot(never, kind=kind).missing == (never,)
