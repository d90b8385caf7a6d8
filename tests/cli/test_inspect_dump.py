"""`dump --inspect`: what is there, what is missing, and what can be asked."""

import json
from pathlib import Path
from typing import Any

import jsonschema

from ovntrace.cli.inspect_dump import run
from tests.collectors.dump.folders import FILES, archive, write
from tests.collectors.readers import layouts

OLD = "ovn-kubernetes-2023-12-running-example"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/inspect.json").read_text())


def document(*paths: Path) -> Any:
    found = json.loads(run(paths, "json", width=100, color=False))
    jsonschema.validate(found, SCHEMA)
    return found


def answers(found: Any) -> dict[str, str]:
    return {f"{one['command']} {one['workload']}": one["answer"] for one in found["questions"]}


def test_a_must_gather_lacks_the_nodes_side_and_a_sosreport_has_it(tmp_path: Path) -> None:
    gathered = write(tmp_path / "mg", layouts.interconnect(OLD, how="tar.gz"))
    alone = document(gathered)
    assert alone["readers"] == ["must-gather"]
    assert alone["partial"] is True
    node = next(place for place in alone["places"] if place["name"] == "worker-0")
    assert node["missing"] == ["ovs", "node-links"]
    assert answers(alone)["trace pod"] == "yes"
    assert answers(alone)["explain pod"] == "partly"
    report = archive(tmp_path / "sos.tar.xz", layouts.sosreport(OLD, "worker-0"), "w:xz")
    both = document(gathered, report)
    assert both["readers"] == ["must-gather", "sosreport"]
    lacks = next(one for one in both["questions"] if one["command"] == "explain")["lacks"]
    assert "ovs of worker-1" in lacks
    text = run([gathered, report], "tree", width=100, color=False)
    assert "✓ yes    trace of a pod" in text
    assert "ovnk_database_store.tar.gz" in text


def test_pasted_text_explains_and_judges_nothing(tmp_path: Path) -> None:
    table = layouts.tables(OLD, "worker-0", "nb")["Logical_Switch_Port"]
    text = b"[root@node ~]# ovn-nbctl find Logical_Switch_Port type=localnet\n"
    path = write(tmp_path, {"ticket.txt": text + layouts.as_text(table)}) / "ticket.txt"
    found = document(path)
    assert found["readers"] == ["pasted text"]
    assert found["nodes"] == ["node"]
    assert [part["whole"] for place in found["places"] for part in place["parts"]] == [False]
    assert answers(found)["explain pod"] == "partly"
    assert answers(found)["trace pod"] == "no"
    assert "in part" in run([path], "tree", width=100, color=False)


def test_our_own_dump(tmp_path: Path) -> None:
    found = document(write(tmp_path, FILES))
    assert found["readers"] == ["ovntrace dump"]
    assert found["nodes"] == ["worker-0", "worker-1"]
    assert found["partial"] is False
    pod = next(place for place in found["places"] if place["kind"] == "pod")
    assert pod["name"] == "demo/web"
    assert pod["parts"][0]["artefact"] == "pod-links"
