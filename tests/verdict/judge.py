"""Our verdicts on a policy set's flows beside those of ovn-trace."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ovntrace.match import parse_microflow, version_of
from ovntrace.verdict.conntrack import ct_state
from ovntrace.verdict.pipeline import Outcome, Step, through_switch
from ovntrace.verdict.switch import SwitchModel
from tests.match.oracle import CRASHED
from tests.verdict.policies import GROUP_MACS, STATES, SWITCH, PolicySet, RandomFlow
from tests.verdict.scratch import Scratch

_HEADER: Final = re.compile(
    r'^ *(ingress|egress)\(dp="([^"]*)"(?:, inport="([^"]*)")?(?:, outport="([^"]*)")?\)$'
)
_OUTPUT: Final = re.compile(r'^ */\* output to "([^"]*)", type')
_EVAL: Final = re.compile(
    r"^ *\d+\. (ls_(?:in|out)_acl(?:_after_lb)?(?:_eval)?) "
    r"(?:\([^)]*\))?: (.*), priority (\d+), uuid [0-9a-f]{8}$"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What ovn-trace says: ports that get the packet, the first that it was meant for,
    whether it was rejected anywhere, and the ACL flows that matched, as (stage, priority)."""

    outputs: frozenset[str]
    first: str
    rejects: bool
    evaluations: tuple[tuple[str, int], ...]


def read_trace(text: str, inport: str) -> Said:
    """Reads what concerns the packet itself: not the answer to a rejected one, nor what becomes of
    it behind a router."""
    outputs: set[str] = set()
    rejects = counts = is_over = False
    first = outport = ""
    evaluations: list[tuple[str, int]] = []
    for line in text.splitlines():
        if header := _HEADER.match(line):
            _, datapath, port, outport = header.groups()
            counts = datapath == SWITCH and port == inport and not is_over
            first = first or (outport or "") if counts else first
        elif counts and (found := _OUTPUT.match(line)):
            # A gateway's port is followed by its chassis-redirect port, even back to itself.
            outputs.add(found[1].removeprefix("cr-"))
        elif counts and (found := _EVAL.match(line)):
            evaluations.append((found[1], int(found[3])))
        elif counts and line.lstrip().startswith("reject {"):
            rejects, counts = True, False
            # What follows is the answer to it, and after an output port's perhaps another copy.
            is_over = outport in (None, inport)
    outputs -= {inport} if f'output to "cr-{inport}"' in text else set()
    return Said(frozenset(outputs), first, rejects, tuple(evaluations))


@dataclass(slots=True)
class Tally:
    """What was compared, and each difference in words."""

    sets: int = 0
    flows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add the counts of another one."""
        self.sets += other.sets
        self.flows += other.flows
        self.left_out += other.left_out
        self.verdicts += other.verdicts
        self.differences += other.differences


def compare(scratch: Scratch, policies: PolicySet, flows: Sequence[RandomFlow]) -> Tally:
    """Load a set into real OVN and put the flows to both."""
    scratch.load(policies.operations, policies.options)
    nb = scratch.northbound()
    switch = nb.switch_by_name(SWITCH)
    assert switch is not None
    model = SwitchModel(nb, switch, version_of(scratch.version))
    tally = Tally(sets=1)
    for state in STATES:
        chosen = [flow for flow in flows if flow.ct == state]
        answers = scratch.trace(SWITCH, [flow.microflow for flow in chosen], state)
        for flow, text in zip(chosen, answers, strict=True):
            tally.flows += 1
            if text == CRASHED:
                tally.left_out[text] += 1
                continue
            said = read_trace(text, flow.inport)
            difference = _difference(model, flow, said, tally)
            if difference is not None:
                tally.differences.append(f"{flow.ct}: {flow.microflow}: {difference}")
    return tally


def ours(model: SwitchModel, flow: RandomFlow) -> Outcome:
    """Our verdict."""
    port = model.nb.port(flow.inport)
    assert port is not None
    packet = parse_microflow(flow.microflow, model.table)
    state = ct_state(flow.ct)
    return through_switch(model, port, packet, ct_in=state, ct_out=state)


def _difference(model: SwitchModel, flow: RandomFlow, said: Said, tally: Tally) -> str | None:
    outcome = ours(model, flow)
    open_ports = {step.name for step in outcome.steps if step.decision == "ambiguous"}
    if outcome.verdict == "ambiguous" and outcome.deciding is not None:
        tally.left_out["ambiguous"] += 1
        return None
    if outcome.verdict == "unknown":
        tally.left_out[outcome.reason.split(":")[-1]] += 1
        return None
    tally.verdicts[outcome.verdict] += 1
    outputs = {port.name for port in outcome.outputs}
    differ = (outputs ^ said.outputs) - open_ports
    if differ and said.first not in differ and not _is_group(flow):
        # Real OVN clears the registers before each copy.
        tally.left_out["ovn-trace keeps the registers of an earlier copy"] += 1
        return None
    if differ:
        return f"OVN {sorted(said.outputs)}, ours {sorted(outputs)}: {outcome.reason}"
    if not outputs and not open_ports and said.rejects != (outcome.verdict == "reject"):
        return f"OVN rejects: {said.rejects}, ours {outcome.verdict}: {outcome.reason}"
    return None if open_ports else _other_acl(outcome, said)


def _is_group(flow: RandomFlow) -> bool:
    """True for a frame to a group: no copy of it is tracked."""
    return any(f"eth.dst == {mac}" in flow.microflow for mac in GROUP_MACS)


def _other_acl(outcome: Outcome, said: Said) -> str | None:
    """Where the ACL that ended the packet is another one than OVN's."""
    step = outcome.deciding
    if step is None or step.acl is None or len(outcome.outputs) > 1:
        return None
    theirs = [
        priority
        for stage, priority in said.evaluations
        if stage == step.stage and 1000 <= priority <= 33767  # others are no ACL's
    ]
    wanted = _priority(step)
    if sum(one.kind == "acl" and one.stage == step.stage for one in outcome.steps) > 1:
        return None if wanted in theirs else f"OVN {theirs}, ours {wanted} in {step.stage}"
    if not theirs and outcome.verdict == "allow":
        return None  # ovn-trace does not print a flow that is always true and only goes on
    return None if theirs[-1:] == [wanted] else f"OVN {theirs}, ours {wanted} in {step.stage}"


def _priority(step: Step) -> int:
    assert step.acl is not None
    return step.acl.acl.priority + 1000
