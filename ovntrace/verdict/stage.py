"""One ACL stage: tiers, priorities, ties, and what bypasses ACLs."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from ovntrace.acls.stages import STAGES
from ovntrace.match import MatchError, Packet, Version, truth
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.model.stand_ins import has_stand_in
from ovntrace.verdict.candidates import Possible
from ovntrace.verdict.conntrack import CtState
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.switchacl import SwitchAcl
from ovntrace.verdict.tracking import is_monitor
from ovntrace.verdict.traits import Traits

# Before OVN 23.03.1 it obeyed ACLs unless the switch was stateful (northd.c, build_acls).
_NEIGHBOUR_FREE: Final = Version(23, 3)
_ALLOWS = frozenset({"allow", "allow-related", "allow-stateless"})
_VERDICTS = frozenset({"allow", "drop", "reject", "pass"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a stage decides. `verdict` is allow, drop, reject, ambiguous or unknown; `acls` are
    the ACL that decided, or those that tie or can't be judged; `rule` tells it in words. `equals`
    are ACLs that would decide the same at the same place: OVN leaves open which of them does. A
    default behind an ACL that says pass has that ACL, and its rule says so. `commits` is False
    where a new packet passes that conntrack is not told to remember."""

    verdict: str
    acls: tuple[SwitchAcl, ...]
    rule: str
    equals: tuple[SwitchAcl, ...] = ()
    commits: bool = True

    @property
    def acl(self) -> SwitchAcl | None:
        """The ACL that decided; None for a default, a fixed rule and what is undecided."""
        return self.acls[0] if len(self.acls) == 1 and self.verdict != "unknown" else None


def decide(
    model: SwitchModel,
    ports: tuple[LogicalSwitchPort, LogicalSwitchPort | None],
    judged: Packet,
    state: CtState,
    traits: Traits,
    *,
    stage: str,
) -> Decision:
    """The verdict of one of STAGES. `ports` are the inport and, once it is known, the outport;
    `judged` is the packet as `judged.as_judged` makes it."""
    if model.unread is not None:
        return Decision("unknown", (), f"not all rows of {model.unread} were read")
    if not model.has_acls and (model.has_tiers or not model.has_vips):
        # With tiers nothing acts upon what load balancers' fixed rules say where no ACL is.
        return Decision("allow", (), "the switch has no ACL")
    fixed = _fixed_rule(model, traits, state, stage)
    if fixed is not None:
        return fixed
    doubts: list[SwitchAcl] = []
    passed: tuple[SwitchAcl, ...] = ()
    passes = 0
    possible = model.candidates.possible(stage, *ports, judged)
    for _, tier in groupby(possible, key=_tier_of):
        found = _tier(model, tier, judged, doubts)
        if found is not None and found.verdict != "pass":
            return _unless_doubtful(found, doubts)
        if found is not None:
            passed = found.acls
            passes += 1
    if model.drops_by_default or _drops_without_acls(model, traits, state, stage):
        default = _default("drop", passed, "default_acl_drop")
    else:
        # A tier in which no ACL matches commits; after load balancing none does.
        commits = stage != STAGES[1] and (not passed or passes <= model.top_tier(stage))
        default = _default("allow", passed, "allowed by default", commits=commits)
    return _unless_doubtful(default, doubts)


def _default(
    verdict: str, passed: tuple[SwitchAcl, ...], why: str, *, commits: bool = True
) -> Decision:
    if not passed:
        return Decision(verdict, (), f"no ACL matches: {why}", commits=commits)
    name = passed[0].acl.name or passed[0].acl.uuid
    rule = f"ACL {name} (pass), and no ACL matches after it: {why}"
    return Decision(verdict, passed, rule, commits=commits)


def _drops_without_acls(model: SwitchModel, traits: Traits, state: CtState, stage: str) -> bool:
    """Before there were tiers default_acl_drop also held for what a load balancer tracks on a
    switch without ACLs."""
    return (
        not model.has_acls
        and model.asks_default_drop
        and stage != STAGES[1]
        and state.is_tracked
        and "est" not in state.flags
        and traits.is_ip
    )


def _fixed_rule(model: SwitchModel, traits: Traits, state: CtState, stage: str) -> Decision | None:
    """What is decided before any ACL. After load balancing the rules for what is tracked repeat
    what was allowed before it."""
    after_lb = stage == STAGES[1]
    if traits.is_neighbour and (
        model.version >= _NEIGHBOUR_FREE or (model.is_stateful and not after_lb)
    ):
        return Decision("allow", (), "neighbour discovery is always allowed")
    if not after_lb and is_monitor(
        model, traits, "from-lport" if stage == STAGES[0] else "to-lport"
    ):
        return Decision("allow", (), "a load balancer's health check")
    if not model.is_stateful or not state.is_tracked:
        return None
    if state.is_invalid and model.drops_invalid and not after_lb:
        return Decision("drop", (), "conntrack: invalid packet on a switch with stateful ACLs")
    if state.is_reply:
        return Decision("allow", (), "conntrack: reply of a known connection")
    if state.is_related:
        return Decision("allow", (), "conntrack: related to a known connection")
    return None


def _tier(
    model: SwitchModel, acls: Iterable[Possible], packet: Packet, doubts: list[SwitchAcl]
) -> Decision | None:
    """The verdict of a tier, which may be pass; None if nothing matches."""
    matching: list[SwitchAcl] = []
    priority = None
    for one, certain in acls:
        if one.acl.priority != priority:
            if matching:
                break
            priority = one.acl.priority
        value = model.hint_holds(one.acl.action, packet) if certain else _holds(model, one, packet)
        if value:
            matching.append(one)
        elif value is None:
            doubts.append(one)
    return _of_equals(matching) if matching else None


def _tier_of(one: Possible) -> int:
    return one[0].acl.tier


def _holds(model: SwitchModel, one: SwitchAcl, packet: Packet) -> bool | None:
    expr = model.compiled(one.acl)
    if isinstance(expr, MatchError):
        # What does not compile is not in force; what was cleaned may be.
        return None if has_stand_in(one.acl.match) else False
    return truth(expr, packet)


def verdict_of(action: str) -> str:
    """allow, drop, reject or pass; of an action that no version of OVN has, the action."""
    return "allow" if action in _ALLOWS else action


def _of_equals(matching: list[SwitchAcl]) -> Decision:
    verdicts = {verdict_of(one.acl.action) for one in matching}
    strange = [one for one in matching if verdict_of(one.acl.action) not in _VERDICTS]
    if strange:
        acl = strange[0].acl
        rule = f"ACL {acl.name or acl.uuid} has an action that is not known: {acl.action!r}"
        return Decision("unknown", tuple(strange), rule)
    if len(verdicts) > 1:
        return Decision(
            "ambiguous",
            tuple(matching),
            f"{len(matching)} ACLs of one tier and priority match and disagree: OVN leaves it open",
        )
    acl = matching[0].acl
    rule = f"ACL {acl.name or acl.uuid} ({acl.action})"
    commits = any(one.acl.action != "allow-stateless" for one in matching)
    return Decision(verdicts.pop(), (matching[0],), rule, tuple(matching[1:]), commits)


def _unless_doubtful(decision: Decision, doubts: list[SwitchAcl]) -> Decision:
    """Unknown if an ACL before the decision may hold and would decide otherwise."""
    if decision.verdict == "unknown":
        return decision
    others = [one for one in doubts if verdict_of(one.acl.action) != decision.verdict]
    if not others:
        return decision
    names = ", ".join(one.acl.name or one.acl.uuid for one in others[:3])
    return Decision("unknown", tuple(others), f"can't be judged: {names}")
