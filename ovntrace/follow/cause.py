"""Which row turned a verdict: the one without whose change the answer is the old one again."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from ovntrace.errors import OvntraceError
from ovntrace.follow.rows import content_of, row_changes, without
from ovntrace.follow.types import Cause, RowChange
from ovntrace.model.northbound import Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.types import TraceView

# Each row that is tried costs a judgement of its own, and somebody waits.
_MOST_TRIED: Final = 64
_LONGEST_S: Final = 2.0
_MOST_TOLD: Final = 16

Judge = Callable[[Snapshot], Sequence[TraceView]]
Answer = tuple[tuple[object, ...], ...]


def answer_of(views: Sequence[TraceView]) -> Answer:
    """What has to differ for a verdict to have turned: of each direction the verdict, the reply's,
    and the ACLs that decide them."""
    return tuple(
        (
            view.verdict,
            None if view.deciding is None else view.deciding.uuid,
            None if view.reply is None else view.reply.verdict,
            None if view.reply is None or view.reply.deciding is None else view.reply.deciding.uuid,
        )
        for view in views
    )


def cause_of(
    old: Snapshot,
    new: Snapshot,
    was: Sequence[TraceView],
    now: Sequence[TraceView],
    judge: Judge,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Cause:
    """Why `judge` says `now` of `new`, and said `was` of `old`."""
    changed = [
        change
        for node, nb in new.nb.items()
        if node in old.nb
        for change in row_changes(node, old.nb[node].db, nb.db)
    ]
    wanted = answer_of(was)
    ends_at = clock() + _LONGEST_S
    n_tried = 0
    # The same row in the zones of several nodes, and in a database that they share, is one cause.
    alike = _likeliest_first(_alike(changed, old, new), (*was, *now))
    for same in alike[:_MOST_TRIED]:
        if n_tried and clock() > ends_at:
            break
        n_tried += 1
        if _answer(judge, _without(same, changed, old, new)) == wanted:
            return Cause(certainty="proven", rows=tuple(same[:1]))
    if not changed:
        came = sorted(set(new.nb) ^ set(old.nb))
        what = f"the northbound database of {', '.join(came)}" if came else "what is not in OVN"
        why = f"no row that verdicts are made of has changed: it is {what}"
        return Cause(certainty="consistent", rows=(), why=why)
    told = tuple(changed[:_MOST_TOLD])
    more = len(changed) - len(told)
    if n_tried < len(alike):
        why = f"{n_tried} of them were tried, none of which alone turned it"
    elif len(alike) > 1:
        why = "no row alone turned it"
    else:
        why = "that row alone does not turn it back"
    why += f"; {more} more rows changed" if more else ""
    return Cause(certainty="consistent", rows=told, why=why)


def _answer(judge: Judge, snapshot: Snapshot) -> Answer | None:
    """None where an end is not to be found: it came with the row."""
    try:
        return answer_of(judge(snapshot))
    except OvntraceError:
        return None


def _alike(changed: Sequence[RowChange], old: Snapshot, new: Snapshot) -> list[list[RowChange]]:
    rows: dict[str, list[RowChange]] = {}
    for change in changed:
        content = content_of(change, old.nb[change.node].db, new.nb[change.node].db)
        rows.setdefault(content, []).append(change)
    return list(rows.values())


def _likeliest_first(
    alike: list[list[RowChange]], views: Sequence[TraceView]
) -> list[list[RowChange]]:
    """The ACLs that decide, then the others in the order of the tables."""
    replies = [view.reply.deciding for view in views if view.reply is not None]
    deciding = [acl for acl in (*replies, *(view.deciding for view in views)) if acl is not None]
    uuids = {acl.uuid for acl in deciding}
    return sorted(alike, key=lambda same: not any(one.uuid in uuids for one in same))


def _without(
    same: Sequence[RowChange], changed: Sequence[RowChange], old: Snapshot, new: Snapshot
) -> Snapshot:
    nb = dict(new.nb)
    for change in same:
        node = change.node
        others = [one for one in changed if one.node == node]
        nb[node] = Northbound(without(change, others, old.nb[node].db, nb[node].db))
    return replace(new, nb=nb)
