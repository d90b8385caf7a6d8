"""`--from` given more than once, and dumps that know pods only by their logical ports."""

import json
from pathlib import Path

import pytest

from collectors.dump import Dump
from ovntrace.cli.collect import for_listing
from ovntrace.view.listing import list_workloads
from tests.cli.program import real, run
from tests.collectors.dump.folders import write
from tests.collectors.readers import layouts

OLD = "ovn-kubernetes-2023-12-running-example"


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A default must-gather: no objects of users' namespaces."""
    files = layouts.interconnect(OLD, how="tar.gz")
    kept = {path: data for path, data in files.items() if "/namespaces/llm-demo/" not in path}
    return write(tmp_path_factory.mktemp("mg"), kept)


def _from(*paths: Path) -> list[str]:
    return [word for path in paths for word in ("--from", str(path))]


def test_ls_has_pods_whose_objects_were_not_collected(gathered: Path) -> None:
    snapshot = for_listing(Dump(gathered), None, 10, lambda _line: None)
    rows = list_workloads(snapshot, namespace="llm-demo", now=0).workloads
    assert {row.name for row in rows} >= {"tinypod", "centos-stream9-gold-rabbit-80"}
    assert {row.node for row in rows} == {"worker-0", "worker-1"}


def test_the_second_fills_the_gaps_of_the_first(gathered: Path, tmp_path: Path) -> None:
    report = write(tmp_path, layouts.sosreport(OLD, "worker-0"))
    asked = ("explain", "llm-demo/tinypod", "-o", "json")
    alone = json.loads(run(real(*asked, *_from(gathered))).stdout)
    both = json.loads(run(real(*asked, *_from(gathered, report))).stdout)
    missing = [{gap["artefact"] for gap in one["gaps"]} for one in (alone, both)]
    assert {"ovs", "node-links"} <= missing[0]
    assert not {"ovs", "node-links"} & missing[1]
    assert both["source"]["place"] == f"{gathered}, {report}"


def test_one_of_several_that_is_no_dump_is_named(gathered: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answer = run(real("ls", *_from(gathered, tmp_path / "empty")))
    assert answer.returncode == 2
    assert str(tmp_path / "empty") in answer.stderr
