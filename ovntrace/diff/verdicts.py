"""Verdicts that are other ones: the same question to both sides."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ovntrace.diff.acls import views_of
from ovntrace.diff.flows import Plan, plan_flows
from ovntrace.diff.protocols import named_protocols
from ovntrace.diff.sides import MANY, Sides
from ovntrace.diff.tracer import side_tracer
from ovntrace.diff.types import AclChange, Flip, FlowsSeen, GroupChange, Judged, WorkloadKey
from ovntrace.errors import WrongQuestionError
from ovntrace.verdict.flows import FlowAnswer, FlowJudge
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from ovntrace.view.types import Fact

_OPEN = frozenset({"unknown", "ambiguous"})
_WORDS = ("src", "dst", "proto", "dport", "network")

Asked = Mapping[str, Fact] | str


@dataclass(frozen=True, slots=True)
class VerdictsFound:
    """What flipped, how much was looked at, and what was left out."""

    flips: tuple[Flip, ...]
    seen: FlowsSeen
    limits: tuple[str, ...]


def verdict_changes(
    sides: Sides,
    only: WorkloadKey | None,
    touched: Collection[WorkloadKey],
    asked: Sequence[Asked],
    max_flows: int,
    *,
    now: float,
) -> VerdictsFound:
    """At most `max_flows` flows between workloads (0: none), and all that were asked for."""
    flips: list[Flip] = []
    tally = _Tally()
    rows = [row for side in (sides.old, sides.new) for z in side.zones.values() for row in z.acls]
    plan = plan_flows(sides, only, touched, named_protocols(rows), now=now)
    with_acls = plan.n_parties * max(sides.old.n_acls, sides.new.n_acls) <= MANY
    tracers = [side_tracer(side, acls=with_acls) for side in (sides.old, sides.new)]
    pair = _Pair(tracers[0], tracers[1], now)
    for flow in islice(plan.flows, max_flows):
        old, new = pair.judged(flow)
        tally.add(old, new)
        if _differ(old, new):
            flips.append(Flip(_facts(flow), False, old, new))
    judged = tally.judged
    limits = list(_limits(plan, judged, named=with_acls))
    told, unread = _asked_flips(sides, asked, tally, now)
    seen = FlowsSeen(plan.possible, judged, len(asked), tally.open, tally.lost)
    flips.sort(key=_order)
    return VerdictsFound((*told, *flips), seen, (*limits, *unread))


def _order(one: Flip) -> tuple[object, ...]:
    src, dst, proto, dport, network = (one.flow[word] for word in _WORDS)
    return str(network), str(src), str(dst), str(proto), dport if isinstance(dport, int) else 0


def touched_workloads(
    changed: Collection[WorkloadKey],
    groups: Sequence[GroupChange],
    acls: Sequence[AclChange],
    sides: Sides,
) -> set[WorkloadKey]:
    """Workloads whose verdicts are the likeliest to be other ones: those that differ, those whose
    groups do, and those in a group of an ACL that does."""
    found = set(changed)
    for group in groups:
        members = (*group.entered, *group.left)
        found |= {one.workload for one in members if one.workload is not None}
    names = {view.attached_to for view in views_of(acls)}
    for side in (sides.old, sides.new):
        for zone in side.zones.values():
            for row in zone.groups.values():
                if f"port group {row.name}" in names:
                    ports = (side.member(zone.nb, uuid)[1] for uuid in row.ports)
                    found |= {one for one in ports if one is not None}
    return found


@dataclass
class _Tally:
    judged: int = 0
    open: int = 0
    lost: int = 0

    def add(self, old: Judged, new: Judged) -> None:
        self.judged += 1
        states = {_is_open(old), _is_open(new)}
        self.open += True in states
        self.lost += len(states) == 2


def _is_open(one: Judged) -> bool:
    return one.verdict in _OPEN or one.reply in _OPEN


def _differ(old: Judged, new: Judged) -> bool:
    """True if it is proved: what one side can't tell is none."""
    if old.verdict in _OPEN or new.verdict in _OPEN:
        return False
    if old.verdict != new.verdict:
        return True
    return old.reply != new.reply and not {old.reply, new.reply} & _OPEN


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both sides' judges."""

    old: Tracer
    new: Tracer
    now: float

    def judged(self, flow: Flow) -> tuple[Judged, Judged]:
        """The same flow on both sides."""
        return self._judged(self.old, flow), self._judged(self.new, flow)

    def _judged(self, tracer: Tracer, flow: Flow) -> Judged:
        try:
            view = tracer.trace(flow, now=self.now)
        except WrongQuestionError as error:  # an address of another family, no name of that side
            return Judged("unknown", error.message, None)
        if view.reply is None:
            return Judged(view.verdict, view.reason, view.deciding)
        reply = view.reply
        return Judged(
            view.verdict, view.reason, view.deciding, reply.verdict, reply.reason, reply.deciding
        )


def _facts(flow: Flow) -> dict[str, Fact]:
    return {word: getattr(flow, word) for word in _WORDS}


def _asked_flips(
    sides: Sides, asked: Sequence[Asked], tally: _Tally, now: float
) -> tuple[list[Flip], list[str]]:
    """Of the lines of a file; and the lines that can't be answered on either side."""
    if not asked:
        return [], []
    judges = [FlowJudge(side.snapshot, now=now) for side in (sides.old, sides.new)]
    flips: list[Flip] = []
    unread: list[str] = []
    for at, one in enumerate(asked, start=1):
        old, new = (_answered(judge.answer(one)) for judge in judges)
        tally.add(old, new)
        if _differ(old, new):
            facts = {"line": at, **one} if not isinstance(one, str) else {"line": at}
            flips.append(Flip(facts, True, old, new))
        elif old.verdict == "unknown" and new.verdict == "unknown":
            unread.append(f"flow {at} of the file is not judged: {old.reason}")
    return flips, unread


def _answered(answer: FlowAnswer) -> Judged:
    return Judged(answer.verdict, answer.reason, answer.deciding, answer.reply)


def _limits(plan: Plan, judged: int, *, named: bool) -> Iterator[str]:
    if not named and judged:
        yield (
            f"of {plan.n_parties} attachments not all policies were looked up: a default deny is "
            "named by its port group"
        )
    if judged < plan.possible:
        yield (
            f"{judged} of {plan.possible} flows were judged, those of changed workloads first "
            "(--max-flows)"
        )
    if plan.routed:
        yield (
            f"{plan.routed} pairs of workloads reach each other through routers only: their flows "
            "are not judged"
        )
    if plan.unread:
        yield (
            f"{plan.unread} pairs of workloads need the northbound database of a node that was not "
            "read on both sides: their flows are not judged"
        )
