"""`explain --to`: the way and a flow's verdict in one answer."""

import json
import subprocess
from typing import Any

import jsonschema
import pytest

from tests.cli.program import REPOSITORY, real, run

DUMP = REPOSITORY / "examples" / "llm-demo.tar.gz"
NET = ("--network", "localnet-cnv")


def ovntrace(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the real program on the shipped dump."""
    return run(real(*words, "--from", str(DUMP)))


def document(*words: str) -> dict[str, Any]:
    """The JSON answer."""
    answer: dict[str, Any] = json.loads(ovntrace(*words, "-o", "json").stdout)
    return answer


@pytest.mark.parametrize(
    ("words", "verdict", "code"),
    [
        (("tinypod-01", *NET, "--to", "tinypod"), "allow", 0),
        (("tinypod", *NET, "--to", "tinypod-01", "--tcp", "80"), "drop", 1),
        (("tinypod", "--interface", "net1", "--to", "tinypod-01"), "drop", 1),
        (("192.168.77.92", "--to", "192.168.77.91"), "allow", 0),
        (("tinypod", "--interface", "eth0", "--to", "8.8.8.8"), "unknown", 3),
    ],
)
def test_it_is_what_trace_says(words: tuple[str, ...], verdict: str, code: int) -> None:
    answer = document("explain", *words)
    schema = json.loads((REPOSITORY / "docs" / "schema" / "explain.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(answer)
    assert (answer["to"]["verdict"], answer["outcome"]["exit_code"]) == (verdict, code)
    assert answer["attachments"]
    flow = answer["to"]["flow"]
    port = [] if flow["dport"] is None else [f"--{flow['proto']}", str(flow["dport"])]
    # Over eth0 the network is the default one, which trace can be told by name too.
    alone = document("trace", flow["src"], flow["dst"], *port, "--network", flow["network"])
    for field in ("verdict", "reason", "deciding", "reply"):
        assert alone[field] == answer["to"][field], field
    assert alone["steps"][1:] == answer["to"]["steps"][1:]  # the first says why this network


def test_without_to_there_is_no_flow() -> None:
    assert document("explain", "tinypod")["to"] is None


@pytest.mark.parametrize("form", ["tree", "table", "markdown"])
def test_the_verdict_is_in_each_form(form: str) -> None:
    done = ovntrace("explain", "tinypod", *NET, "--to", "tinypod-01", "-o", form)
    assert done.returncode == 1
    assert "✗ DROP" in done.stdout
    assert "at tinypod's egress: default deny of llm-demo/deny-by-default" in done.stdout
    assert "br-ex" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tinypod", "--to", "tinypod-01"), "several networks"),
        (("tinypod", "--tcp", "80"), "--to"),
        (("tinypod", *NET, "--to", "nobody"), "nobody"),
        (("tinypod", *NET, "--to", "tinypod-01", "--tcp", "1", "--icmp"), "exclude"),
    ],
)
def test_wrong_questions_are_one_line(words: tuple[str, ...], said: str) -> None:
    done = ovntrace("explain", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
