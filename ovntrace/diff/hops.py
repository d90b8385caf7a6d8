"""The hops of one attachment on both sides: paired by kind, then compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from ovntrace.diff.facts import POD_NAMED, calm_state, fact_changes
from ovntrace.diff.types import CAME, CHANGED, WENT, FactChange, HopChange, NoiseChange
from ovntrace.view.outcome import EXTRA_KINDS
from ovntrace.view.types import Attachment, Hop, State


@dataclass(frozen=True, slots=True)
class Seen:
    """What both sides could see of an attachment. `whole`: the rows of the databases. `links`: the
    same of the interfaces inside the pod and on the node. `is_rolled`: it has another pod."""

    whole: bool
    links: bool
    is_rolled: bool


def hop_changes(
    old: Attachment, new: Attachment, seen: Seen
) -> tuple[tuple[HopChange, ...], tuple[NoiseChange, ...]]:
    """What differs, in the new side's order with what went behind it, and what is noise."""
    told: list[HopChange] = []
    noise: list[NoiseChange] = []
    for before, after in _pairs(old.hops, new.hops):
        if before is not None and after is not None:
            change, quiet = _both(before, after, seen)
            if change is not None:
                told.append(change)
            noise += quiet
        else:
            one = after or before
            assert one is not None
            if _may_be_lone(one, seen):
                told.append(_lone(one, came=before is None))
    return tuple(told), tuple(noise)


def _pairs(old: Sequence[Hop], new: Sequence[Hop]) -> list[tuple[Hop | None, Hop | None]]:
    """Hops of one kind: those of the same name, then the others in their order."""
    left = list(old)
    partner: dict[int, Hop] = {}
    for by_name in (True, False):
        for at, hop in enumerate(new):
            if at in partner:
                continue
            same = [o for o in left if o.kind == hop.kind and (not by_name or o.name == hop.name)]
            if same:
                partner[at] = same[0]
                left.remove(same[0])
    pairs: list[tuple[Hop | None, Hop | None]] = [
        (partner.get(at), hop) for at, hop in enumerate(new)
    ]
    return [*pairs, *((hop, None) for hop in left)]


def _may_be_lone(hop: Hop, seen: Seen) -> bool:
    """False where the other side may lack the hop because it could not see it."""
    return seen.whole and (seen.links or hop.kind not in EXTRA_KINDS)


def _lone(hop: Hop, *, came: bool) -> HopChange:
    state, why = str(hop.state), _why(hop)
    if came:
        return HopChange(
            CAME, hop.kind, None, hop.name, None, hop.node, None, state, (), new_why=why
        )
    return HopChange(WENT, hop.kind, hop.name, None, hop.node, None, state, None, (), old_why=why)


def _both(old: Hop, new: Hop, seen: Seen) -> tuple[HopChange | None, list[NoiseChange]]:
    before, after = calm_state(old), calm_state(new)
    is_known = State.UNKNOWN not in (before, after)
    by_state = is_known and before is not after
    only_common = not is_known or not _may_be_lone(new, seen)
    facts, quiet = fact_changes(
        old.kind, old.facts, new.facts, only_common=only_common, is_rolled=seen.is_rolled
    )
    if old.name != new.name:
        named = FactChange("name", old.name, new.name)
        follows = seen.is_rolled or old.kind in POD_NAMED or "?" in (old.name, new.name)
        facts, quiet = (facts, (named, *quiet)) if follows else ((named, *facts), quiet)
    if old.state is not new.state and before is after:
        quiet = (FactChange("state", str(old.state), str(new.state)), *quiet)
    noise = [NoiseChange(new.node, new.kind, new.name, quiet)] if quiet else []
    if not by_state and not facts:
        return None, noise
    change = HopChange(
        CHANGED,
        new.kind,
        old.name,
        new.name,
        old.node,
        new.node,
        str(before),
        str(after),
        facts,
        _why(old),
        _why(new),
    )
    return change, noise


def _why(hop: Hop) -> tuple[str, ...]:
    return tuple(one.title for one in hop.findings if one.severity != "info")
