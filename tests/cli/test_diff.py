"""`ovntrace diff` over dumps: what it prints in each form, and its exit codes."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from renderers.formats import DIFF_FORMATS
from tests.captured import FOLDER
from tests.cli.program import REPOSITORY, real, run
from tests.diff import changes
from tests.diff.cluster import HERE, THERE, TWO_NODES, Cluster

SCHEMA = json.loads((REPOSITORY / "docs/schema/diff.json").read_text())
CAPTURE = str(FOLDER / f"{TWO_NODES}.tar.gz")
HOSTILE = '\x1b[2J[/b]`|\u202e\n# "'


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The capture after some changes."""
    cluster = Cluster()
    changes.acl_acts_otherwise(cluster)
    changes.port_is_disabled(cluster)
    changes.port_leaves_deny(cluster)
    changes.vm_is_rolled(cluster)
    changes.policy_is_edited(cluster)
    return str(cluster.write(tmp_path_factory.mktemp("after")))


def diff(*words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return run(real("diff", *words), stdin=stdin)


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(done.stdout)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


def test_the_same() -> None:
    done = diff(CAPTURE, CAPTURE, "--max-flows", "20")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("✓ same     no difference\n")
    answer = document(diff(CAPTURE, CAPTURE, "--max-flows", "20", "--noise", "-o", "json"))
    assert answer["outcome"] == {"exit_code": 0, "differs": False}
    assert answer["noise"] == []
    # What the captures lack is told of both.
    assert {gap["side"] for gap in answer["gaps"]} == {"A", "B"}


@pytest.mark.parametrize("form", DIFF_FORMATS)
def test_each_form_has_each_change(after: str, form: str) -> None:
    done = diff(CAPTURE, after, "--max-flows", "0", "-o", form)
    assert (done.returncode, done.stderr) == (1, "")
    for told in (
        "tinypod-01",
        "the port is disabled",
        "virt-launcher-centos-stream9-gold-rabbit-80-zzzzz",
        "allow-ipblock",
        "spec.ingress[0].from[0].ipBlock.cidr",
        "default-deny",
    ):
        assert told in done.stdout.replace("\\", ""), told


def test_json_and_yaml_say_the_same(after: str) -> None:
    answer = document(diff(CAPTURE, after, "--max-flows", "100", "-o", "json"))
    same = yaml.safe_load(diff(CAPTURE, after, "--max-flows", "100", "-o", "yaml").stdout)
    for one in (answer, same):
        for source in one["sources"].values():
            source["age_s"] = None
    assert same == answer
    assert answer["outcome"] == {"exit_code": 1, "differs": True}
    assert [one["change"] for one in answer["workloads"]] == ["changed", "moved"]
    [acl] = answer["acls"]
    assert acl["nodes"] == [HERE, THERE]
    assert (acl["old"]["action"], acl["new"]["action"]) == ("allow-related", "drop")
    assert {(one["old"]["verdict"], one["new"]["verdict"]) for one in answer["verdicts"]} == {
        ("allow", "drop")
    }


def test_the_tree_fits(after: str) -> None:
    """Lines are filled to the width; only what may not be cut is longer."""
    done = diff(CAPTURE, after, "--max-flows", "40")
    for line in done.stdout.splitlines():
        assert len(line) <= 100 or len(line.split()) <= 3, line
    narrow = diff(CAPTURE, after, "--max-flows", "40", "--width", "60").stdout
    # An arrow gives way to two lines where both values do not fit one.
    assert set(narrow.split()) >= set(done.stdout.split()) - {"->"}


def test_one_workload(after: str) -> None:
    done = diff(CAPTURE, after, "--workload", "tinypod-01", "-o", "json")
    answer = document(done)
    assert done.returncode == 1
    assert answer["workload"] == {"kind": "pod", "namespace": "llm-demo", "name": "tinypod-01"}
    assert [one["workload"]["name"] for one in answer["workloads"]] == ["tinypod-01"]
    assert answer["port_groups"] == []
    assert diff(CAPTURE, after, "--workload", "team-a/db-0").returncode == 0


def test_a_workload_that_one_side_has(tmp_path: Path) -> None:
    cluster = Cluster()
    changes.pod_goes(cluster)
    gone = str(cluster.write(tmp_path))
    for sides, change in (((CAPTURE, gone), "went"), ((gone, CAPTURE), "came")):
        answer = document(diff(*sides, "--workload", "pod/tinypod", "-o", "json"))
        assert [one["change"] for one in answer["workloads"]] == [change]


def test_flows_of_a_file(after: str) -> None:
    lines = "src,dst,network\ntinypod-01,tinypod,localnet-cnv\ntinypod,tinypod-01,localnet-cnv\n"
    words = ("--flows", "-", "--max-flows", "0", "-o", "json")
    answer = document(diff(CAPTURE, after, *words, stdin=lines))
    assert [one["flow"]["line"] for one in answer["verdicts"]] == [1]
    assert answer["flows"]["asked"] == 2


def test_noise_on_request(tmp_path: Path) -> None:
    cluster = Cluster()
    changes.numbers_grow(cluster)
    grown = str(cluster.write(tmp_path))
    quiet = diff(CAPTURE, grown, "--max-flows", "0")
    assert quiet.returncode == 0
    assert "nb_cfg" not in quiet.stdout
    loud = diff(CAPTURE, grown, "--max-flows", "0", "--noise")
    assert loud.returncode == 0
    assert "nb_cfg" in loud.stdout


def test_a_side_that_lacks_a_database(tmp_path: Path) -> None:
    folder = Cluster().write(tmp_path)
    shutil.rmtree(folder / THERE / "nbctl")
    done = diff(CAPTURE, str(folder), "--max-flows", "0")
    assert done.returncode == 3
    assert done.stdout.startswith("? unknown  no difference in what both sides have")
    assert "not seen in B, where a difference may hide" in done.stdout
    answer = document(diff(str(folder), CAPTURE, "--max-flows", "0", "-o", "json"))
    hiding = [(gap["side"], gap["node"], gap["artefact"]) for gap in answer["gaps"] if gap["hides"]]
    assert hiding == [("A", THERE, "nb")]
    assert answer["outcome"] == {"exit_code": 3, "differs": False}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((CAPTURE,), "Missing argument 'B'"),
        (("live", "live"), "both live"),
        ((CAPTURE, "/no/such/dump"), "does not exist"),
        ((CAPTURE, CAPTURE, "--context", "c"), "neither A nor B is `live`"),
        ((CAPTURE, CAPTURE, "--ssh", "h"), "--ssh is of the live side, and neither A nor B"),
        ((CAPTURE, CAPTURE, "--sudo"), "--sudo is of the live side, and neither A nor B"),
        ((CAPTURE, CAPTURE, "--ovsdb", "nb=unix:/x"), "--ovsdb is of the live side, and neither"),
        ((CAPTURE, CAPTURE, "--no-leader-only"), "--no-leader-only is of the live side"),
        ((CAPTURE, CAPTURE, "-n", "llm-demo"), "--namespace is of --workload"),
        ((CAPTURE, CAPTURE, "--workload", "nobody"), "no workload 'nobody'"),
        ((CAPTURE, CAPTURE, "--workload", "hostnet-0"), "has no port in OVN"),
        ((CAPTURE, "live", "--local", "--context", "c"), "--local"),
        ((CAPTURE, "live", "--local", "--ssh", "h"), "--local and --ssh are two ways in"),
        (("live", CAPTURE, "--ssh", "h", "--context", "c"), "means nothing with --ssh"),
        (("live", CAPTURE, "--ssh", "h", "--ovsdb", "nb=unix:/x"), "--ssh and --ovsdb are two"),
        ((CAPTURE, "live", "--ovsdb", "nb=unix:/x", "--kubeconfig", __file__), "with --ovsdb"),
        ((CAPTURE, "live", "--sudo"), "--sudo belongs to --ssh, which is not given"),
        ((CAPTURE, "live", "--ca-cert", __file__), "--ca-cert belongs to --ovsdb"),
        ((CAPTURE, "live", "--from", CAPTURE), "No such option"),
    ],
)
def test_wrong_questions(words: tuple[str, ...], told: str) -> None:
    done = diff(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--ovsdb", "nb=unix:/nowhere/nb.sock"), "unix:/nowhere/nb.sock: no such file"),
        (("--ssh", "h", "--ssh-config", "{config}"), "h: 127.0.0.1 port 1: connection refused"),
    ],
)
def test_a_live_side_that_does_not_answer(
    words: tuple[str, ...], line: str, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("Host h\n HostName 127.0.0.1\n Port 1\n")
    done = diff(CAPTURE, "live", *(word.format(config=config) for word in words))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"ovntrace: {line}")


def test_names_of_the_cluster_are_data(tmp_path: Path) -> None:
    cluster = Cluster()
    [acl] = cluster.owned(HERE, "nbctl/ACL", f"{changes.ALLOW}:Ingress")
    acl["match"] = f'inport == "a" && {HOSTILE}'
    spoiled = str(cluster.write(tmp_path))
    for form in DIFF_FORMATS:
        done = diff(CAPTURE, spoiled, "--max-flows", "0", "-o", form)
        assert done.returncode == 1
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout
