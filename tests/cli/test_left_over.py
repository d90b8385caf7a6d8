"""A pod that is gone and has left its port behind is asked for by its name."""

import json
import tarfile
from pathlib import Path

import pytest

from examples.make_dump import ARCHIVE
from tests.cli.program import real, run


@pytest.fixture(scope="module")
def without_tinypod(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped dump, of a time when the API no more had the pod tinypod."""
    folder = tmp_path_factory.mktemp("left-over")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    [pods] = folder.glob("**/kube/pods.json")
    document = json.loads(pods.read_text())
    whole = document["items"]
    document["items"] = [pod for pod in whole if pod["metadata"]["name"] != "tinypod"]
    assert len(document["items"]) == len(whole) - 1
    pods.write_text(json.dumps(document))
    return pods.parents[1]


def test_its_whole_name_goes_before_pods_that_only_begin_so(without_tinypod: Path) -> None:
    done = run(real("explain", "tinypod", "--from", str(without_tinypod), "-o", "json"))
    answer = json.loads(done.stdout)
    assert (answer["workload"]["kind"], answer["workload"]["name"]) == ("pod", "tinypod")
    assert any("its port is left over" in gap["detail"] for gap in answer["gaps"])


def test_what_several_begin_with_is_no_name(without_tinypod: Path) -> None:
    done = run(real("explain", "tinypo", "--from", str(without_tinypod)))
    assert done.returncode == 2
    assert "tinypod-01" in done.stderr and "tinypod-02" in done.stderr
