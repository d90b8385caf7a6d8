"""trace --confirm in a lab of real OVN: both tools are asked, and what they say counts."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.lab import example as ex
from tests.lab.asking import Answer, ask_live, ask_local
from tests.lab.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

Ask = Callable[..., Answer]
_SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "trace.json"
_NET = ("--network", ex.NETWORK)
_GOLD = f"vm/{ex.GOLD_RABBIT.name}"
WAYS = pytest.mark.parametrize("ask", [ask_live, ask_local], ids=["live", "local"])


def confirmed(ask: Ask, lab: Lab, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and document, which fits the schema."""
    answer = ask(lab, "trace", *words, "--confirm", "-o", "json")
    jsonschema.Draft202012Validator(json.loads(_SCHEMA.read_text())).validate(answer.answer)
    return answer.code, answer.answer


def _tools(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["tool"]: one for one in document["confirm"]["tools"]}


@WAYS
@pytest.mark.parametrize(
    ("words", "verdict", "code"),
    [
        (("tinypod-01", "tinypod"), "allow", 0),
        (("tinypod-01", "tinypod", "--tcp", "80"), "allow", 0),
        (("tinypod", "tinypod-01"), "drop", 1),
        (("tinypod", "tinypod-01", "--ct", "est,rpl"), "allow", 0),
    ],
)
def test_both_tools_agree_and_name_the_same_acl(
    breakable: Lab, ask: Ask, words: tuple[str, ...], verdict: str, code: int
) -> None:
    exit_code, document = confirmed(ask, breakable, *words, *_NET)
    assert (exit_code, document["verdict"]) == (code, verdict)
    found = document["confirm"]
    assert found["agrees"] is True, found
    assert found["node"] == ex.NODE
    assert found["reason"] == f"confirmed by ovn-trace and ofproto/trace on {ex.NODE}"
    assert document["steps"][-1]["kind"] == "confirm"
    assert document["steps"][-1]["decision"] == verdict
    for tool in _tools(document).values():
        assert (tool["verdict"], tool["agrees"]) == (verdict, True)
        assert tool["deciding"] == document["deciding"]
        assert "trace" in tool["command"]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ((_GOLD, "192.168.77.1", "--tcp", "443"), "allow"),  # flooded to the localnet port
        (("192.168.77.1", _GOLD), "allow"),  # enters by the localnet port
        (("tinypod-01", "tinypod", "--src-mac", "02:00:00:00:00:99"), "drop"),  # port security
    ],
)
def test_edges_and_spoofed_packets(breakable: Lab, words: tuple[str, ...], verdict: str) -> None:
    _, document = confirmed(ask_live, breakable, *words, *_NET)
    assert document["verdict"] == verdict
    assert document["confirm"]["agrees"] is True, document["confirm"]
    assert {one["verdict"] for one in _tools(document).values()} == {verdict}


def test_each_direction_has_its_own(breakable: Lab) -> None:
    _, document = confirmed(ask_live, breakable, "tinypod-01", "tinypod", *_NET, "--both")
    assert document["confirm"]["verdict"] == "allow"
    assert document["reverse"]["confirm"]["verdict"] == "drop"
    assert document["reverse"]["confirm"]["agrees"] is True


@contextmanager
def _dropped_by_hand(lab: Lab) -> Iterator[None]:
    """br-int drops what tinypod-01 sends on the network; OVN's databases know nothing of it."""
    port = lab.ctl(
        "ovs-vsctl",
        "--bare",
        "--columns=ofport",
        "find",
        "Interface",
        f"external_ids:iface-id={ex.TINYPOD_01.lsp}",
    ).strip()
    flow = f"table=0,priority=65000,in_port={port}"
    lab.ctl("ovs-ofctl", "add-flow", "br-int", f"{flow},actions=drop")
    try:
        yield
    finally:
        lab.ctl("ovs-ofctl", "--strict", "del-flows", "br-int", flow)


@WAYS
def test_a_disagreement_shows_both_sides_and_is_unknown(breakable: Lab, ask: Ask) -> None:
    words = ("tinypod-01", "tinypod", *_NET)
    with _dropped_by_hand(breakable):
        code, document = confirmed(ask, breakable, *words)
        text = ask(breakable, "trace", *words, "--confirm").text
    assert (code, document["verdict"]) == (3, "unknown")
    assert document["deciding"] is None
    assert document["reply"] is None
    found = document["confirm"]
    assert (found["agrees"], found["verdict"]) == (False, "allow")
    assert found["deciding"]["policy"]["name"] == "allow-ipblock"
    tools = _tools(document)
    assert (tools["ovn-trace"]["verdict"], tools["ovn-trace"]["agrees"]) == ("allow", True)
    assert (tools["ofproto/trace"]["verdict"], tools["ofproto/trace"]["agrees"]) == ("drop", False)
    assert text.startswith("? unknown")
    assert "what the node's own tools say" in text
    assert tools["ofproto/trace"]["command"] in text
    assert confirmed(ask, breakable, *words)[0] == 0
