"""What `trace --confirm` makes of the tools' answers: agreement, disagreement, gaps.

The snapshot is the shipped dump's; the tools' answers are those recorded in a lab with the same
rows, their deciding flows made ones of the dump's ACLs.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.artifacts import BY_NAME, Artefact
from collectors.dump import Dump
from collectors.snapshot import make_snapshot
from ovntrace.cli.collect import for_flow
from ovntrace.cli.confirm import confirmed
from ovntrace.model.capture import Capture, Missing, Reason, Target
from ovntrace.verdict.confirm import not_reached, with_confirmation
from ovntrace.verdict.outcome import trace_exit_code
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow, NodeConfirmation, TraceView
from ovntrace.view.subject import Query
from renderers.trace import trace_text

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests" / "collectors" / "parse" / "recorded"
NETWORK = "localnet-cnv"
# The flows of the recorded answers that decide: at tinypod's ingress, at its egress.
ALLOWS, DROPS = "30c9580b", "cefead4f"


def _say(_words: str) -> None:
    """Nobody listens."""


class Scripted:
    """A collector that answers as told, and keeps what it was asked."""

    kind = "kube"
    place = "a test"

    def __init__(self, answers: dict[str, bytes | Missing]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, ...]] = []
        self._dump = Dump(ROOT / "examples" / "llm-demo.tar.gz")

    def can_run(self) -> str | None:
        """It can."""
        return None

    def nodes(self) -> Sequence[str] | Missing:
        """Those of the dump."""
        return self._dump.nodes()

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        """A tool's answer as told; the rest from the dump."""
        found = self.answers.get(artefact.name)
        if found is None:
            return self._dump.fetch(target, artefact, timeout_s)
        argv = artefact.command(timeout_s)
        self.asked.append(argv)
        if isinstance(found, Missing):
            return replace(found, target=target)
        return Capture(target, artefact.name, found, " ".join(argv), argv=argv)

    def close(self) -> None:
        """Nothing to give back."""


def recorded(tool: str, what: str) -> bytes:
    """An answer from the lab. There the localnet port tinypod is OpenFlow port 6."""
    return (RECORDED / f"{tool}-23.03-{what}.txt").read_bytes()


def rows(flow: str, stage: str, hint: str) -> bytes:
    """Logical_Flow as ovn-sbctl prints it."""
    told = ["map", [["stage-name", stage], ["stage-hint", hint]]]
    uuid = f"{flow}-758e-42bd-bcb6-7fbe05431db7"
    headings = ["_uuid", "external_ids", "match", "priority"]
    document = {"data": [[["uuid", uuid], told, "", 0]], "headings": headings}
    return json.dumps(document).encode() + b"\n"


def asked(
    collector: Scripted, src: str, dst: str, hint: str | None = None
) -> tuple[TraceView, TraceView]:
    """The view before and after; with `hint` None the flows come from the deciding ACL."""
    ends = (Query(src, None), Query(dst, None))
    snapshot, names = for_flow(collector, ends, 5.0, _say)
    flow = Flow(*names, network=NETWORK)
    tracer = Tracer(snapshot)
    view = tracer.trace(flow, now=0.0)
    assert view.deciding is not None
    if "logical-flows" not in collector.answers:
        stage = "ls_out_acl" if view.verdict == "allow" else "ls_in_acl_after_lb"
        which = ALLOWS if view.verdict == "allow" else DROPS
        collector.answers["logical-flows"] = rows(which, stage, hint or view.deciding.uuid[:8])
    probes = tracer.probes(flow, now=0.0)
    return view, confirmed(view, probes, snapshot, collector, 5.0, _say)


def port_of_tinypod(collector: Scripted) -> int:
    """The dump's OpenFlow port of tinypod on the network."""
    snapshot, _ = for_flow(collector, (Query("tinypod", None), Query("10.0.0.1", None)), 5.0, _say)
    node = next(iter(snapshot.nb))
    found = make_snapshot(
        [collector.fetch(Target(node=node), BY_NAME["ovs"], 5.0)], source_kind="", place=""
    )
    lsp = "llm.demo.llm.demo.localnet.network_llm-demo_tinypod"
    [one] = found.ovs[node].interfaces_by_iface_id(lsp)
    assert one.ofport is not None
    return one.ofport


def answers(what: str) -> dict[str, bytes | Missing]:
    """Both tools' answers of one kind, with the dump's port number."""
    port = port_of_tinypod(Scripted({}))
    openflow = recorded("ofproto-trace", what).replace(b"output:6\n", b"output:%d\n" % port)
    return {"ovn-trace": recorded("ovn-trace", what), "ofproto-trace": openflow}


@pytest.mark.parametrize(
    ("src", "dst", "what", "code"),
    [("tinypod-01", "tinypod", "allow", 0), ("tinypod", "tinypod-01", "drop", 1)],
)
def test_agreement_is_stated(src: str, dst: str, what: str, code: int) -> None:
    collector = Scripted(answers(what))
    before, after = asked(collector, src, dst)
    assert after.confirm is not None
    assert after.confirm.agrees is True
    assert [tool.agrees for tool in after.confirm.tools] == [True, True]
    assert [tool.deciding for tool in after.confirm.tools] == [before.deciding] * 2
    assert after.confirm.reason.startswith("confirmed by ovn-trace and ofproto/trace on ")
    assert (after.verdict, after.deciding) == (before.verdict, before.deciding)
    assert after.steps == (*before.steps, after.steps[-1])
    assert trace_exit_code(after) == code
    assert "what the node's own tools say" not in trace_text([after])
    assert "$ ovs-appctl --timeout=4 ofproto/trace br-int" in trace_text([after], why=True)
    tools = [argv[2] for argv in collector.asked]
    assert tools == ["ovn-trace", "ofproto/trace", "--no-leader-only"]


def test_another_verdict_is_a_disagreement() -> None:
    one_of_each = {**answers("allow"), "ofproto-trace": recorded("ofproto-trace", "drop")}
    before, after = asked(Scripted(one_of_each), "tinypod-01", "tinypod")
    assert after.confirm is not None
    assert after.confirm.agrees is False
    assert (after.verdict, after.deciding, after.reply) == ("unknown", None, None)
    assert (after.confirm.verdict, after.confirm.deciding) == ("allow", before.deciding)
    assert [tool.verdict for tool in after.confirm.tools] == ["allow", "drop"]
    assert "the databases say allow" in after.reason
    assert "ofproto/trace says drop" in after.reason
    assert trace_exit_code(after) == 3
    text = trace_text([after])
    assert text.startswith("? unknown")
    heading = "what the node's own tools say"
    words = [" ".join(line.split()[1:3]) for line in text.partition(heading)[2].splitlines()]
    assert {"allow ovntrace", "allow ovn-trace", "DROP ofproto/trace"} <= set(words)


def test_another_acl_is_a_disagreement() -> None:
    """Here the default deny of tinypod's ingress, of another priority."""
    snapshot, _ = for_flow(
        Scripted({}), (Query("tinypod-01", None), Query("tinypod", None)), 5.0, _say
    )
    nb = next(iter(snapshot.nb.values()))
    drop = next(acl for acl in nb.db.table("ACL") if acl.text("action") == "drop")
    _, after = asked(Scripted(answers("allow")), "tinypod-01", "tinypod", drop.uuid[:8])
    assert after.confirm is not None
    assert after.confirm.agrees is False
    assert after.verdict == "unknown"


def gone(artefact: str) -> Missing:
    """A tool that the container does not have."""
    program = BY_NAME[artefact].argv[0]
    return Missing(Target(), artefact, Reason.ABSENT, f"the program {program} is not there")


def test_a_tool_that_is_not_there_is_a_gap_and_the_verdict_stays() -> None:
    some = {**answers("allow"), "ovn-trace": gone("ovn-trace")}
    before, after = asked(Scripted(some), "tinypod-01", "tinypod")
    assert after.confirm is not None
    assert after.confirm.agrees is True
    assert "confirmed by ofproto/trace on" in after.confirm.reason
    assert "not asked: ovn-trace: the program timeout is not there" in after.confirm.reason
    assert (after.verdict, after.reply) == (before.verdict, before.reply)
    assert [gap.artefact for gap in after.gaps if gap not in before.gaps] == ["ovn-trace"]


def test_nothing_that_could_be_asked_is_not_confirmed() -> None:
    none: dict[str, bytes | Missing] = {
        "ovn-trace": b'unknown datapath "x"\n',
        "ofproto-trace": gone("ofproto-trace"),
    }
    before, after = asked(Scripted(none), "tinypod-01", "tinypod")
    assert after.confirm is not None
    assert after.confirm.agrees is None
    assert after.confirm.reason.startswith("not confirmed: ")
    assert 'unknown datapath "x"' in after.confirm.reason
    assert after.verdict == before.verdict
    assert trace_exit_code(after) == 0
    assert after.steps[-1].decision == "unknown"
    named = [gap.artefact for gap in after.gaps if gap not in before.gaps]
    assert named == ["ovn-trace", "ofproto-trace"]


def test_without_the_logical_flows_verdicts_alone_are_compared() -> None:
    some = {**answers("allow"), "logical-flows": gone("logical-flows")}
    _, after = asked(Scripted(some), "tinypod-01", "tinypod")
    assert after.confirm is not None
    assert after.confirm.agrees is True
    assert all(tool.deciding is None for tool in after.confirm.tools)
    assert "by which ACL is not known" in after.confirm.tools[0].reason


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        (True, True, True),
        (True, False, False),
        (False, True, False),
        (None, False, False),
        # What can't be asked on one node is not confirmed by the other.
        (True, None, None),
        (None, None, None),
    ],
)
def test_two_nodes_confirm_it_only_together(
    first: bool | None, second: bool | None, whole: bool | None
) -> None:
    before, _ = asked(Scripted(answers("allow")), "tinypod-01", "tinypod")
    nodes = [
        NodeConfirmation(f"n{at}", agrees, f"n{at} said {agrees}", "allow", None, ())
        for at, agrees in enumerate((first, second), 1)
    ]
    after = with_confirmation(before, nodes, ())
    assert after.confirm is not None
    assert after.confirm.agrees is whole
    assert after.confirm.node == "n1"
    told = [one.reason for one in nodes if whole is not False or one.agrees is False]
    assert after.confirm.reason == "; ".join(told)
    assert after.verdict == ("unknown" if whole is False else before.verdict)
    assert [step.node for step in after.steps[-2:]] == ["n1", "n2"]
    assert [step.decision for step in after.steps[-2:]] == [
        "allow" if agrees else "unknown" for agrees in (first, second)
    ]


def test_a_node_that_the_packet_does_not_get_to_leaves_nothing_open() -> None:
    before, _ = asked(Scripted(answers("drop")), "tinypod", "tinypod-01")
    here = NodeConfirmation("n1", True, "confirmed", "drop", None, ())
    after = with_confirmation(before, [here, not_reached("n2", "n1")], ())
    assert after.confirm is not None
    assert after.confirm.agrees is True
    assert after.confirm.reason == "confirmed; nothing to ask on n2: the packet ends on n1"
    assert "nothing to ask on n2" in trace_text([after])
