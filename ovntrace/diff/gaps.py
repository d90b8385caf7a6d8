"""What each side lacks, and whether a difference may hide behind it."""

from collections.abc import Iterator, Sequence
from typing import Final

from ovntrace.diff.sides import Side, Sides
from ovntrace.diff.types import SideGap
from ovntrace.model.capture import Gap, Missing, Reason
from ovntrace.view.outcome import NEEDED

_TABLES: Final = ("Logical_Switch", "Logical_Switch_Port", "Port_Group", "ACL", "Address_Set")
_LINKS: Final = ("pod-links", "pod-links-text")


def side_gaps(sides: Sides) -> tuple[SideGap, ...]:
    """Of A, then of B; gaps of pods' links together for each node and reason."""
    both = ((sides.old, sides.new), (sides.new, sides.old))
    found = [gap for side, other in both for gap in _of_side(side, other)]
    return tuple(dict.fromkeys(found))


def _of_side(side: Side, other: Side) -> Iterator[SideGap]:
    one = side.snapshot
    links: list[Missing] = []
    for missing in one.missing:
        if missing.artefact in _LINKS:
            links.append(missing)
        else:
            yield SideGap(side.letter, Gap.of(missing), _hides(side, missing, other))
    yield from (SideGap(side.letter, gap, False) for gap in _of_links(links))
    yield from _unread_nodes(side, other)
    yield from _unread_tables(side, other)


def _hides(side: Side, missing: Missing, other: Side) -> bool:
    """True if what is missing may hold a difference. What a way in can't see at all hides nothing
    that it could have told."""
    if missing.reason is Reason.UNSUPPORTED:
        return False
    if missing.artefact in NEEDED:
        return True
    kube = other.snapshot.kube
    if missing.reason is Reason.ABSENT:
        # A cluster without a kind has no list of it. The other side's objects prove the kind.
        return bool(kube.items(missing.artefact)) and not side.snapshot.kube.has(missing.artefact)
    return not missing.target.node and not missing.target.namespace


def _of_links(links: Sequence[Missing]) -> Iterator[Gap]:
    """One for all pods of a node that lack theirs for the same reason."""
    together: dict[tuple[str, Reason, str], list[str]] = {}
    for one in dict.fromkeys(links):
        names = together.setdefault((one.target.node, one.reason, one.hint), [])
        if str(one.target) not in names:
            names.append(str(one.target))
    for (node, reason, hint), names in together.items():
        what = "the interfaces inside of 1 pod: " if len(names) == 1 else ""
        what = what or f"the interfaces inside of {len(names)} pods: "
        yield Gap(node, "pod-links", str(reason), what + ", ".join(sorted(names)), hint)


def _unread_nodes(side: Side, other: Side) -> Iterator[SideGap]:
    """Nodes of which this side has nothing at all, though the cluster may have them."""
    for node in sorted(other.nodes - side.nodes):
        if side.lacks_node(node):
            continue
        alone = side.snapshot.source_kind == "local"
        reason = Reason.UNSUPPORTED if alone else Reason.ABSENT
        gap = Gap(node, "nb, sb, ovs", str(reason), "nothing of this node was read")
        yield SideGap(side.letter, gap, not alone)


def _unread_tables(side: Side, other: Side) -> Iterator[SideGap]:
    """Tables that only one side has, of which nobody has complained."""
    for node, nb in sorted(side.snapshot.nb.items()):
        against = other.snapshot.nb.get(node)
        told = [one.detail for one in side.snapshot.missing if one.target.node == node]
        for table in _TABLES:
            if nb.db.has(table) or against is None or not against.db.has(table):
                continue
            if not any(detail.startswith(f"table {table}:") for detail in told):
                gap = Gap(node, "nb", str(Reason.ABSENT), f"table {table} was not read")
                yield SideGap(side.letter, gap, True)
