"""The same answers from what others collect as from the captures' own tables."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from tests.captured import NAMES, raw
from tests.collectors.dump.folders import archive, write
from tests.collectors.readers import layouts
from tests.collectors.readers.answers import answers, gaps

OLD = "ovn-kubernetes-2023-12-running-example"


@functools.cache
def expected(name: str, tmp: Path, *, ovs: bool, nodes: tuple[str, ...] = layouts.NODES) -> Any:
    """From the tables as JSON, without what the other form does not hold."""
    kept = {
        f"{path}": json.dumps(document).encode()
        for path, document in raw(name).items()
        if path.startswith("kube/") or path.split("/")[0] in nodes
        if ovs or "/ovs/" not in path
    }
    return answers(write(tmp / f"own-{name}-{ovs}-{len(nodes)}", kept), flows=_has_flows(name))


def _has_flows(name: str) -> bool:
    return name.endswith("running-example")


@pytest.fixture(scope="module")
def tmp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.mark.parametrize(
    ("name", "how"),
    [*((name, "tar.gz") for name in NAMES), (OLD, "folder"), (OLD, "gz"), (OLD, "plain")],
)
def test_a_must_gather_of_zones(name: str, how: str, tmp: Path, tmp_path: Path) -> None:
    files = layouts.interconnect(name, how=how, singly=how in ("tar.gz", "gz"))
    path = write(tmp_path / "case", files)
    assert _without_ovnkube(answers(path, flows=_has_flows(name))) == expected(name, tmp, ovs=False)


def _without_ovnkube(found: dict[str, Any]) -> dict[str, Any]:
    """The pods that have the databases are only in the must-gather."""
    rows = found["ls"]["workloads"]
    found["ls"]["workloads"] = [row for row in rows if "ovnkube-node-" not in row["name"]]
    return {key: value for key, value in found.items() if "ovnkube-node-" not in key}


def test_a_must_gather_in_an_archive(tmp: Path, tmp_path: Path) -> None:
    files = layouts.interconnect(OLD, how="tar.gz")
    path = archive(tmp_path / "must-gather.tar.xz", files, "w:xz")
    assert _without_ovnkube(answers(path)) == expected(OLD, tmp, ovs=False)
    beside = write(tmp_path / "case", {"mg.tar.gz": layouts.tar_of(files)})
    assert _without_ovnkube(answers(beside)) == expected(OLD, tmp, ovs=False)


@pytest.mark.parametrize("name", NAMES)
def test_databases_in_a_folder_per_node_with_objects_beside_them(
    name: str, tmp: Path, tmp_path: Path
) -> None:
    files = layouts.folder_per_node(name)
    files |= {
        path: json.dumps(document).encode()
        for path, document in raw(name).items()
        if path.startswith("kube/")
    }
    path = write(tmp_path / "case", files)
    found = answers(path, flows=_has_flows(name))
    wanted = expected(name, tmp, ovs=True)
    assert found["ls"] == wanted["ls"]
    assert found["lint"] == wanted["lint"]
    assert {key for key in found if key.startswith("trace")} == {
        key for key in wanted if key.startswith("trace")
    }
    for key, value in wanted.items():
        if key.startswith("trace"):
            assert found[key] == value
        if key.startswith("explain"):
            _same_but_unknown(found[key], value)


def _same_but_unknown(found: Any, wanted: Any) -> None:
    """The same hops and findings; a fact that the file does not hold is null, and never another."""
    assert len(found["attachments"]) == len(wanted["attachments"])
    for ours, theirs in zip(found["attachments"], wanted["attachments"], strict=True):
        for key in ("lsp", "nad", "mac", "addresses", "acls", "port_groups", "policies"):
            assert ours[key] == theirs[key]
        assert len(ours["hops"]) == len(theirs["hops"])
        for hop, other in zip(ours["hops"], theirs["hops"], strict=True):
            assert (hop["kind"], hop["name"]) == (other["kind"], other["name"])
            for fact, value in other["facts"].items():
                assert hop["facts"].get(fact) in (value, None), (hop["name"], fact)


def test_a_central_must_gather_serves_every_node(tmp: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "case", layouts.central(OLD, "worker-0"))
    found = answers(path)
    wanted = expected(OLD, tmp, ovs=False, nodes=("worker-0",))
    of_node = {
        f"explain {row['kind']}/{row['namespace']}/{row['name']}"
        for row in wanted["ls"]["workloads"]
        if row["node"] == "worker-0"
    }
    assert of_node
    assert all(found[key] == wanted[key] for key in of_node)


def test_tables_as_json_under_names_that_say_nothing(tmp: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "case", layouts.listed_folder(OLD, "worker-0"))
    objects = write(tmp_path / "mg", layouts.objects(OLD, layouts.ROOT, singly=True))
    found = answers(path, objects)
    wanted = expected(OLD, tmp, ovs=True, nodes=("worker-0",))
    assert {key: value for key, value in found.items() if key != "ls"} == {
        key: value for key, value in wanted.items() if key != "ls"
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_must_gather_and_a_sosreport_fill_each_others_gaps(
    name: str, tmp: Path, tmp_path: Path
) -> None:
    gathered = write(tmp_path / "mg", layouts.interconnect(name, how="tar.gz"))
    reports = write(
        tmp_path / "sos",
        {**layouts.sosreport(name, "worker-0"), **layouts.sosreport(name, "worker-1")},
    )
    found = _without_ovnkube(answers(gathered, reports, flows=_has_flows(name)))
    wanted = expected(name, tmp, ovs=True)
    assert {key for key in found if _known(found[key]) != _known(wanted[key])} == set()
    assert ("worker-0", "ovs", "absent") in gaps(gathered)
    assert not any(artefact == "ovs" for _, artefact, _ in gaps(gathered, reports))


def _known(value: Any) -> Any:
    """Without what the links tell, which only the sosreport has."""
    text = json.dumps(value)
    document = json.loads(text)
    for attachment in document.get("attachments", ()):
        del attachment["state"]
        attachment["hops"] = [
            hop for hop in attachment["hops"] if hop["kind"] not in ("host-interface", "uplink")
        ]
    return document


@pytest.mark.parametrize(("conf_db", "listed"), [(True, False), (False, True), (True, True)])
def test_a_sosreport_alone(conf_db: bool, listed: bool, tmp: Path, tmp_path: Path) -> None:
    files = layouts.sosreport(OLD, "worker-0", conf_db=conf_db, listed=listed)
    path = archive(tmp_path / "sos.tar.xz", files, "w:xz")
    objects = write(tmp_path / "mg", layouts.objects(OLD, layouts.ROOT, singly=True))
    found = answers(path, objects)
    wanted = expected(OLD, tmp, ovs=True, nodes=("worker-0",))
    broken = [
        (key, hop["kind"], hop["name"])
        for key, value in found.items()
        for ours, theirs in zip(
            value.get("attachments", ()), wanted[key].get("attachments", ()), strict=True
        )
        for hop, other in zip(ours["hops"], theirs["hops"], strict=False)
        if hop["state"] == "broken" and other["state"] != "broken"
    ]
    assert broken == []
    if not conf_db:
        return
    hops = found["explain pod/llm-demo/tinypod"]["attachments"][1]["hops"]
    interface = next(hop for hop in hops if hop["kind"] == "ovs-interface")
    assert interface["facts"].get("link_state") == ("up" if listed else None)
    assert interface["facts"]["bridge"] == "br-int"
