"""`ovntrace trace` as a program: the shipped dump's flows, forms, exit codes, many flows."""

import json
import subprocess
from typing import Any

import jsonschema
import pytest

from tests.cli.program import REPOSITORY, real, run

DUMP = REPOSITORY / "examples" / "llm-demo.tar.gz"
NET = ("--network", "localnet-cnv")
GOLD = "vm/centos-stream9-gold-rabbit-80"


def trace(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the real program on the shipped dump."""
    return run(real("trace", *words, "--from", str(DUMP)), stdin=stdin)


def document(*words: str) -> dict[str, Any]:
    """The JSON answer, which fits its schema."""
    answer: dict[str, Any] = json.loads(trace(*words, "-o", "json").stdout)
    schema = json.loads((REPOSITORY / "docs" / "schema" / "trace.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(answer)
    return answer


def test_a_drop_says_where_and_whose_in_the_first_lines() -> None:
    done = trace("tinypod-01", "tinypod-02", *NET)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("✗ DROP")
    text = " ".join(line.strip() for line in lines[:4])
    assert "at tinypod-01's egress: default deny of" in text
    assert "allows only if ip4.dst == 192.168.77.91" in text
    assert all(len(line) <= 100 for line in lines)


def test_an_allowed_flow_and_its_reply() -> None:
    done = trace("tinypod-01", "tinypod", *NET)
    assert done.returncode == 0
    assert done.stdout.startswith("✓ allow")
    assert "the reply" in done.stdout
    assert "conntrack: reply of a known connection" in done.stdout


@pytest.mark.parametrize(
    ("words", "verdict", "code"),
    [
        (("tinypod-01", "tinypod", *NET), "allow", 0),
        (("tinypod", "tinypod-01", *NET), "drop", 1),
        ((GOLD, "192.168.77.1", "--tcp", "443"), "allow", 0),
        ((GOLD, "192.168.77.10", "--udp", "53"), "drop", 1),
        (("192.168.77.1", GOLD), "allow", 0),
        (("tinypod", "10.132.0.54"), "allow", 0),
        (("tinypod", "8.8.8.8"), "unknown", 3),
        (("tinypod", "8.8.8.8", *NET), "drop", 1),
        (("tinypod", "tinypod", *NET), "allow", 0),
        (("tinypod-01", "tinypod", *NET, "--src-ip", "192.168.77.99"), "drop", 1),
        (("tinypod-01", "tinypod", *NET, "--src-mac", "02:00:00:00:00:01"), "drop", 1),
        (("tinypod", "tinypod-01", *NET, "--ct", "est,rpl"), "allow", 0),
        (("tinypod-01", "tinypod", *NET, "--ct", "inv"), "drop", 1),
        (("tinypod", "tinypod-01", *NET, "--dst-ip", "fd00::1"), "unknown", 3),
    ],
)
def test_verdicts_and_exit_codes(words: tuple[str, ...], verdict: str, code: int) -> None:
    answer = document(*words)
    assert (answer["verdict"], answer["outcome"]["exit_code"]) == (verdict, code)
    assert trace(*words).returncode == code


def test_both_directions() -> None:
    answer = document("tinypod-01", "tinypod", *NET, "--both")
    assert (answer["verdict"], answer["reverse"]["verdict"]) == ("allow", "drop")
    assert answer["outcome"]["exit_code"] == 1


def test_who_told_an_address_that_no_table_has() -> None:
    [step] = [s for s in document(GOLD, "192.168.77.1")["steps"] if s["kind"] == "address"]
    assert "the VMI's status" in step["rule"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tinypod",), "DST"),
        (("tinypod", "tinypod-01"), "several networks"),
        (("tinypod", "nobody"), "nobody"),
        (("192.168.1.1", "192.168.1.2"), "neither"),
        (("tinypod", "tinypod-01", "--network", "nope"), "nope"),
        (("tinypod", "tinypod-01", *NET, "--tcp", "1", "--udp", "1"), "exclude"),
        (("tinypod", "tinypod-01", *NET, "--ct", "nope"), "conntrack"),
        (("tinypod", "tinypod-01", *NET, "--src-ip", "nope"), "nope"),
        (("tinypod", "tinypod-01", *NET, "--flows", "-"), "--flows"),
        (("tinypod", "tinypod-01", *NET, "--confirm"), "--from"),
    ],
)
def test_wrong_questions_are_one_line(words: tuple[str, ...], said: str) -> None:
    done = trace(*words)
    assert done.returncode == 2, done.stdout
    assert done.stdout == ""
    [line] = done.stderr.strip().splitlines()
    assert said in line


def test_many_flows_are_answered_in_their_places() -> None:
    lines = [
        {"src": "tinypod-01", "dst": "tinypod", "network": "localnet-cnv", "expect": "allow"},
        "nonsense",
        {"src": "nobody", "dst": "tinypod"},
        {"src": "tinypod", "dst": "tinypod-01", "network": "localnet-cnv", "strange": 1},
        {
            "switch": "localnet.cnv_ovn_localnet_switch",
            "inport": "llm.demo.llm.demo.localnet.network_llm-demo_tinypod-01",
            "packet": "eth.src == 0a:58:c0:a8:4d:5c && eth.dst == 0a:58:c0:a8:4d:5b && "
            "ip4.src == 192.168.77.92 && ip4.dst == 192.168.77.91 && tcp.dst == 80",
        },
    ]
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    done = trace("--flows", "-", stdin=text)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["verdict"] for answer in answers] == [
        "allow",
        "unknown",
        "unknown",
        "unknown",
        "allow",
    ]
    assert answers[0]["met"] is True
    assert "nobody" in answers[2]["reason"]
    assert "strange" in answers[3]["reason"]
    assert done.returncode == 0


@pytest.mark.parametrize(("expect", "code"), [("allow", 0), ("drop", 1)])
def test_csv_and_expectations(expect: str, code: int) -> None:
    rows = f"src,dst,network,expect\ntinypod-01,tinypod,localnet-cnv,{expect}\n"
    done = trace("--flows", "-", stdin=rows)
    assert done.returncode == code
    assert json.loads(done.stdout)["met"] is (code == 0)


def test_an_expectation_that_can_not_be_told_is_3() -> None:
    asked = json.dumps({"src": "tinypod", "dst": "8.8.8.8", "expect": "allow"})
    done = trace("--flows", "-", stdin=asked)
    assert done.returncode == 3
    assert json.loads(done.stdout)["met"] is None


def test_comments_before_the_heading_and_junk_in_its_place() -> None:
    rows = "# must pass\n\nsrc,dst,network\ntinypod-01,tinypod,localnet-cnv\n"
    [answer] = trace("--flows", "-", stdin=rows).stdout.splitlines()
    assert json.loads(answer)["verdict"] == "allow"
    junk = trace("--flows", "-", stdin="nonsense\n").stdout
    assert json.loads(junk)["reason"] == "not a JSON object"
