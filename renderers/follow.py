"""Changes as lines of a log, and as a line of JSON each (docs/follow.md)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from ovntrace.follow.types import Cause, Event, RowChange, Verdicts, ViewChange
from ovntrace.view.types import AclView, Fact
from renderers.acls import owner
from renderers.diff_lines import ARROW
from renderers.document import SCHEMA, Json, acl_json, fact_json
from renderers.lines import Line, Piece, plain
from renderers.text import in_words, visible

_CHANGES = {"came": ("+", "ok"), "went": ("-", "broken"), "changed": ("~", "warn")}
_VALUES = {
    "ok": "ok",
    "warn": "warn",
    "broken": "broken",
    "unknown": "unknown",
    "allow": "ok",
    "drop": "broken",
    "reject": "broken",
    "ambiguous": "unknown",
}
_LONG = 200  # characters of a value; the JSON has it whole
_MOST = 8  # members of a set that came or went


def event_lines(event: Event) -> list[Line]:
    """Each thing that has changed on a line of its own, which begins with the time (UTC)."""
    start: Line = (Piece(f"{_time(event.at)}  ", "quiet"),)
    return [(*start, *line) for line in _told(event)]


def _told(event: Event) -> Iterator[Line]:
    if event.event not in ("flip", "change"):
        style = {"gone": "broken", "lost": "warn"}.get(event.event, "strong")
        yield (Piece(event.event, style), Piece(f"  {visible(event.detail)}"))
    yield from _flips(event)
    # Of a hop that came to be known or is so no more all facts change: its state says it.
    turned = {(one.interface, one.hop) for one in event.changes if one.what == "hop"}
    for change in event.changes:
        is_known = change.old is not None and change.new is not None
        if change.what != "fact" or is_known or (change.interface, change.hop) not in turned:
            yield _change(change)


def _change(one: ViewChange) -> Line:
    """Sign, place, what it is now, and only then names: they are long, and a terminal cuts."""
    sign, style = _CHANGES[one.change]
    pieces = [Piece(f"{sign} ", style)]
    where = [visible(word) for word in (one.interface, one.hop) if word]
    if one.what == "fact":
        where.append(visible(one.name))
    elif one.what != "hop":
        where.append(one.what)
    pieces.append(Piece(f"{' '.join(where)}  ", "quiet"))
    if one.change == "changed":
        is_field = one.what in ("place", "attachment", "migration", "acl")
        field = one.detail if one.what == "acl" else one.name
        pieces += [Piece(f"{visible(field)} ")] if is_field else []
        pieces += [*_from_to(one.old, one.new), Piece("  ")]
    elif one.new is not None:
        pieces += [_value(one.new), Piece("  ")]
    pieces += _names(one)
    return tuple(pieces)


def _names(one: ViewChange) -> Iterator[Piece]:
    if one.what == "fact":
        yield Piece(visible(one.detail), "strong")
        return
    if one.what not in ("state", "place", "attachment", "migration") or one.change != "changed":
        yield Piece(visible(one.name), "strong")
    if one.acl is not None:
        yield Piece(f"  {owner(one.acl.policy)}")
        if one.what == "acl" and one.change != "changed":
            yield _acl(one.acl)
    elif one.detail:
        yield Piece(f"  {visible(one.detail)}")


def _acl(acl: AclView) -> Piece:
    words = f"{acl.action}, {acl.direction}, tier {acl.tier}, priority {acl.priority}"
    return Piece(f"  {visible(words)}: {visible(acl.match)}", "quiet")


def _from_to(old: Fact, new: Fact) -> list[Piece]:
    return [_value(old), Piece(f" {ARROW} "), _value(new)]


def _value(value: Fact) -> Piece:
    words = "none" if value is None else in_words(value) or "empty"
    shown = words if len(words) <= _LONG else f"{words[:_LONG]}…"
    return Piece(shown, _VALUES.get(words, "plain"))


def _flips(event: Event) -> Iterator[Line]:
    for at, new in enumerate(event.new):
        old = event.old[at] if at < len(event.old) else None
        way = "the other way: " if at else ""
        yield from _flip(way, old, new)
    if event.cause is not None:
        yield from _cause(event.cause)


def _flip(way: str, old: Verdicts | None, new: Verdicts) -> Iterator[Line]:
    for what, was, now, why in (
        ("verdict", old and old.verdict, new.verdict, new.reason),
        ("reply", old and old.reply, new.reply, new.reply_reason),
    ):
        if was != now:
            pieces = [Piece(f"{way}{what}  ", "strong")]
            pieces += [_value(now)] if old is None else _from_to(was, now)
            yield (*pieces, Piece(f"  {visible(why)}"))
    acl = new.decided_by
    if old is not None and old.verdict == new.verdict and old.decided_by != acl:
        by = "no ACL" if acl is None else owner(acl.policy)
        pieces = [Piece(f"{way}decided by  ", "strong"), Piece(by)]
        yield (*pieces, Piece(f"  {visible(new.reason)}") if acl is None else _acl(acl))


def _cause(cause: Cause) -> Iterator[Line]:
    word = "by" if cause.certainty == "proven" else "changed"
    for row in cause.rows:
        yield (Piece(f"  {word}  ", "quiet"), *_row(row))
    if cause.why:
        yield plain(f"  {visible(cause.why)}", "quiet")


def _row(row: RowChange) -> Line:
    sign, style = _CHANGES[row.change]
    name = f" {visible(row.name)}" if row.name else ""
    pieces = [
        Piece(f"{sign} ", style),
        Piece(f"{row.table}{name}", "strong"),
        Piece(f"  {visible(row.uuid)} of {row.database} of {visible(row.node)}", "quiet"),
    ]
    for column, (old, new) in row.columns.items():
        pieces.append(Piece(f"  {visible(column)} "))
        pieces += _members(old, new) or [_cell(old), Piece(f" {ARROW} "), _cell(new)]
    return tuple(pieces)


def _members(old: Fact, new: Fact) -> list[Piece]:
    """Of a set or a map what came and went: they may have thousands of members. Empty where
    neither has several."""
    before, after = ({repr(cell): cell for cell in _members_of(side)} for side in (old, new))
    if len(before) <= 1 and len(after) <= 1:
        return []
    came = [Piece(f"+ {_cell(after[key]).text}", "ok") for key in after if key not in before]
    went = [Piece(f"- {_cell(before[key]).text}", "broken") for key in before if key not in after]
    told = [*came, *went]
    more = [Piece(f"  and {len(told) - _MOST} more")] if len(told) > _MOST else []
    spaced = [piece for one in told[:_MOST] for piece in (Piece("  "), one)]
    return [*spaced[1:], *more]


def _members_of(cell: Fact) -> list[Fact]:
    """Members of a set, of which one stands there alone, or pairs of a map (RFC 7047, 5.1)."""
    match cell:
        case ["set" | "map", [*members]]:
            return members
    return [cell]


def _cell(cell: Fact) -> Piece:
    match cell:
        case ["set" | "map", []]:
            text = "empty"
        case ["uuid", str(uuid)]:
            text = visible(uuid)
        case [str(key), str(value)]:
            text = visible(f"{key}={value}")
        case str():
            text = visible(cell)
        case _:
            text = visible(json.dumps(cell))
    return Piece(text if len(text) <= _LONG else f"{text[:_LONG]}…")


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%SZ")


# --- JSON -----------------------------------------------------------------------------------------


def event_json(event: Event, answer: Json | None) -> str:
    """One line. `answer` is the whole document of the answer, where there is one."""
    document = {
        "schema": SCHEMA,
        "kind": "follow",
        "event": event.event,
        "at": datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds"),
        "detail": event.detail,
        "changes": [_change_json(one) for one in event.changes],
        "old": [_verdicts_json(one) for one in event.old],
        "new": [_verdicts_json(one) for one in event.new],
        "cause": None if event.cause is None else _cause_json(event.cause),
        "answer": answer,
    }
    return json.dumps(document, ensure_ascii=True, allow_nan=False) + "\n"


def _change_json(one: ViewChange) -> Json:
    return {
        "what": one.what,
        "change": one.change,
        "name": one.name,
        "interface": one.interface,
        "hop": one.hop,
        "old": fact_json(one.old),
        "new": fact_json(one.new),
        "detail": one.detail,
        "acl": None if one.acl is None else acl_json(one.acl),
    }


def _verdicts_json(one: Verdicts) -> Json:
    return {
        "verdict": one.verdict,
        "reason": one.reason,
        "deciding": None if one.decided_by is None else acl_json(one.decided_by),
        "reply": one.reply,
        "reply_reason": one.reply_reason,
    }


def _cause_json(cause: Cause) -> Json:
    return {
        "certainty": cause.certainty,
        "why": cause.why,
        "rows": [
            {
                "node": row.node,
                "database": row.database,
                "table": row.table,
                "uuid": row.uuid,
                "name": row.name,
                "change": row.change,
                "columns": {
                    column: {"old": fact_json(old), "new": fact_json(new)}
                    for column, (old, new) in row.columns.items()
                },
            }
            for row in cause.rows
        ],
    }
