"""What a view amounts to: its state, what is wrong in it, and the exit code that says so."""

from collections.abc import Iterable
from dataclasses import dataclass

from ovntrace.errors import ExitCode
from ovntrace.model.capture import Gap, Reason
from ovntrace.view.types import (
    Attachment,
    ExplainView,
    Finding,
    Hop,
    ListView,
    Migration,
    State,
    worst,
)

# The databases that hold the rows from the OVS interface to the bridge at the network's end.
NEEDED = ("nb", "sb", "ovs")
# Hops known from links, the guest or the API only: extra, the answer stands without them.
EXTRA_KINDS = frozenset(
    {
        "guest-interface",
        "tap",
        "k6t-bridge",
        "pod-interface",
        "dummy-interface",
        "host-interface",
        "uplink",
    }
)
_SEVERITY = {State.BROKEN: "error", State.WARN: "warning"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is not sound: a hop of an attachment, or a finding that is of no hop.

    `interface`, `kind`, `name` and `node` are empty for a finding that is of no hop; `why` is
    empty where nothing says it.
    """

    state: State
    interface: str
    kind: str
    name: str
    node: str
    why: str


def troubles(view: ExplainView) -> tuple[Trouble, ...]:
    """Everything that is broken, then what is doubtful, then unknown; each in the view's order.

    An unknown hop that the answer does not need is none: a gap says why it was not seen.
    """
    found = [
        _trouble(attachment, hop)
        for attachment in view.attachments
        for hop in attachment.hops
        if not _is_untroubled(hop)
    ]
    found += [_loose(finding) for finding in loose_findings(view) if finding.severity != "info"]
    found += _unread_side(view.migration)
    order = (State.BROKEN, State.WARN, State.UNKNOWN)
    return tuple(trouble for state in order for trouble in found if trouble.state is state)


def loose_findings(view: ExplainView) -> tuple[Finding, ...]:
    """The view's findings that no hop has."""
    of_hops = [finding for hop in _hops(view) for finding in hop.findings]
    return tuple(finding for finding in view.findings if finding not in of_hops)


def overall(view: ExplainView) -> State:
    """The worst of the view: of its hops and of the findings that are of no hop."""
    return worst(one.state for one in troubles(view))


def exit_code(view: ExplainView) -> ExitCode:
    """The exit code of `explain`.

    BROKEN if a hop is broken or an error is proved: gaps elsewhere don't change that. Else
    NO_ANSWER if evidence that the answer needs could not be read. Else OK.
    """
    if overall(view) is State.BROKEN:
        return ExitCode.BROKEN
    if any(_hides_the_answer(gap) and _is_needed(gap, view) for gap in view.gaps):
        return ExitCode.NO_ANSWER
    if any(_is_unread(hop, view.gaps) for hop in _hops(view)):
        return ExitCode.NO_ANSWER
    return ExitCode.OK


def listing_exit_code(view: ListView) -> ExitCode:
    """The exit code of `ls`: NO_ANSWER if something that can hold workloads was not read."""
    if any(Reason(gap.reason).changes_exit_code for gap in view.gaps if _is_reason(gap)):
        return ExitCode.NO_ANSWER
    return ExitCode.OK


def _hops(view: ExplainView) -> Iterable[Hop]:
    return (hop for attachment in view.attachments for hop in attachment.hops)


def _is_untroubled(hop: Hop) -> bool:
    unneeded = hop.state is State.UNKNOWN and hop.kind in EXTRA_KINDS
    return hop.state is State.OK or unneeded


def _trouble(attachment: Attachment, hop: Hop) -> Trouble:
    severity = _SEVERITY.get(hop.state)
    titles = [one.title for one in hop.findings if severity is None or one.severity == severity]
    titles = titles or [one.title for one in hop.findings]
    why = "; ".join(titles)
    if not why and hop.state is State.UNKNOWN:
        why = "its row could not be read"
    return Trouble(hop.state, attachment.interface, hop.kind, hop.name, hop.node, why)


def _loose(finding: Finding) -> Trouble:
    proved = finding.severity == "error" and finding.certainty == "proven"
    return Trouble(State.BROKEN if proved else State.WARN, "", "", "", "", finding.title)


def _unread_side(migration: Migration | None) -> list[Trouble]:
    """A side that was not read, while that matters: whether exactly one is enabled."""
    if migration is None or not _is_under_way(migration):
        return []
    unread = [side for side in migration.sides if any(port.exists is None for port in side.ports)]
    return [
        Trouble(
            State.UNKNOWN,
            "",
            "",
            "",
            "",
            f"whether the migration's {side.role} has enabled ports is not known: the northbound "
            f"database of {side.node or 'its node'} was not read",
        )
        for side in unread
    ]


def _is_under_way(migration: Migration) -> bool:
    return migration.state not in ("completed", "failed")


def _is_needed(gap: Gap, view: ExplainView) -> bool:
    """False for what is missing of another node once a migration has ended: the workload's own
    node has the answer."""
    if view.migration is not None and _is_under_way(view.migration):
        return True
    return not gap.node or view.workload.node in (None, gap.node)


def _is_reason(gap: Gap) -> bool:
    return gap.reason in set(Reason)


def _database(gap: Gap) -> str:
    return gap.artefact.split(" ", 1)[0]


def _hides_the_answer(gap: Gap) -> bool:
    if _database(gap) not in NEEDED or not _is_reason(gap):
        return False
    return Reason(gap.reason).changes_exit_code


def _is_unread(hop: Hop, gaps: tuple[Gap, ...]) -> bool:
    """True for an unknown hop that is needed, unless this way in can't see its row at all."""
    if hop.state is not State.UNKNOWN or hop.kind in EXTRA_KINDS:
        return False
    wanted = {one.artefact for one in hop.evidence} or set(NEEDED)
    reasons = {gap.reason for gap in gaps if _database(gap) in wanted}
    return reasons != {str(Reason.UNSUPPORTED)}
