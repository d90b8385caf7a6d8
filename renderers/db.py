"""A database file: its tables, a table's rows, a row's past; for a person, and as Markdown."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from ovntrace.model.databasefile import (
    Change,
    FileHead,
    FileOverview,
    FileTable,
    Ref,
    RowHistory,
    Value,
    time_text,
)
from renderers.db_words import change_words, table_words, value_text
from renderers.head import gap_lines
from renderers.lines import Line, Piece, flow, indent, paint, plain, prose
from renderers.markdown import cell, gaps_markdown
from renderers.markdown import code as span
from renderers.markdown import prose as escaped
from renderers.markdown import table as markdown_table
from renderers.table import Row, grid
from renderers.text import counted, visible

Answer = FileOverview | FileTable | RowHistory

_LABEL = 11  # columns of the labels at the head
_AUTHORS = 8  # so many are shown
# What tells a table's rows apart and says the most, for a screen; others show what is not empty.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ACL": ("priority", "direction", "action", "name", "match"),
    "Address_Set": ("name", "addresses"),
    "Bridge": ("name", "ports", "datapath_type", "fail_mode"),
    "Chassis": ("name", "hostname", "encaps"),
    "Datapath_Binding": ("tunnel_key", "external_ids"),
    "Interface": ("name", "type", "ofport", "options", "external_ids"),
    "Load_Balancer": ("name", "protocol", "vips"),
    "Logical_Flow": ("logical_datapath", "pipeline", "table_id", "priority", "match", "actions"),
    "Logical_Router": ("name", "ports"),
    "Logical_Router_Port": ("name", "mac", "networks"),
    "Logical_Switch": ("name", "other_config"),
    "Logical_Switch_Port": ("name", "type", "up", "enabled", "addresses"),
    "NB_Global": ("name", "nb_cfg", "options"),
    "Port": ("name", "interfaces", "tag"),
    "Port_Binding": ("logical_port", "type", "chassis", "up", "mac"),
    "Port_Group": ("name", "ports"),
    "SB_Global": ("nb_cfg", "options"),
}


def db_text(
    answer: Answer, *, all_columns: bool = False, width: int = 100, color: bool = False
) -> str:
    """The answer for a terminal; `all_columns`: show a table's columns as they were asked for."""
    lines = _head(answer.head, width)
    if isinstance(answer, FileOverview):
        lines += _overview(answer, width)
    elif isinstance(answer, FileTable):
        lines += _table(answer, width, all_columns)
    else:
        lines += _history(answer, width)
    return paint(lines + gap_lines(answer.head.gaps, width), color=color)


def _head(head: FileHead, width: int) -> list[Line]:
    rows = [("file", [head.place]), *head_facts(head)]
    lines: list[Line] = []
    for label, words in rows:
        start: Line = (Piece(label.ljust(_LABEL), "quiet"),)
        lines += flow(start, [plain(visible(word)) for word in words], hang=_LABEL, width=width)
    return lines


def head_facts(head: FileHead) -> list[tuple[str, list[str]]]:
    """What kind of file it is, and the time that it covers."""
    what = [f"{head.database} {head.version}", head.kind, counted(head.records, "record")]
    facts = [("database", what)]
    if head.begins_ms is None or head.ends_ms is None:
        facts.append(("log", ["times unknown"]))
    else:
        begins = time_text(head.begins_ms)
        why = "(compacted then: it says nothing of before)" if head.snapshot else ""
        words = [f"from {begins}", f"to {time_text(head.ends_ms)}", *([why] if why else [])]
        facts.append(("log", words))
    if head.at_ms is not None:
        facts.append(("at", [time_text(head.at_ms)]))
    return facts


def _overview(answer: FileOverview, width: int) -> list[Line]:
    lines: list[Line] = [plain("")]
    authors = answer.authors[:_AUTHORS]
    rows: list[Row] = [
        (
            [plain(str(one.transactions)), plain(_time(one.first_ms)), plain(_time(one.last_ms))],
            [plain(visible(one.comment) or "(no comment)")],
        )
        for one in authors
    ]
    lines += grid(("TRANSACTIONS", "FIRST", "LAST", "COMMENT"), rows, width) if rows else []
    if len(answer.authors) > _AUTHORS:
        more = answer.authors[_AUTHORS:]
        count = sum(one.transactions for one in more)
        lines.append(plain(f"and {counted(count, 'transaction')} of {len(more)} others", "quiet"))
    lines.append(plain(""))
    full = [(name, count) for name, count in answer.tables if count]
    tables: list[Row] = [([plain(visible(name))], [plain(str(count))]) for name, count in full]
    lines += grid(("TABLE", "ROWS"), tables, width) if tables else [plain("no rows")]
    empty = [name for name, count in answer.tables if not count]
    if empty:
        start: Line = (Piece("empty ", "quiet"),)
        lines += flow(start, [plain(visible(one), "quiet") for one in empty], hang=2, width=width)
    return lines


def shown_columns(answer: FileTable, *, all_columns: bool) -> list[int]:
    """Which columns a person sees: those that were asked for, or those that say the most."""
    every = range(len(answer.columns))
    if all_columns:
        return list(every)
    chosen = _COLUMNS.get(answer.name)
    if chosen is not None:
        at = {name: index for index, name in enumerate(answer.columns)}
        return [at[name] for name in chosen if name in at]
    return [
        index for index in every if any(row[index] not in (None, (), {}, "") for row in answer.rows)
    ]


def _table(answer: FileTable, width: int, all_columns: bool) -> list[Line]:
    lines: list[Line] = [plain("")]
    if not answer.rows:
        return [*lines, plain(f"{visible(answer.name)} has no rows")]
    at = shown_columns(answer, all_columns=all_columns)
    rows: list[Row] = []
    for row in answer.rows:
        cells = [plain(value_text(row[index]) or "-") for index in at]
        rows.append((cells[:-1], [cells[-1]]))
    titles = [answer.columns[index].upper() for index in at]
    lines += grid(titles, rows, width)
    if not all_columns and len(at) < len(answer.columns):
        shown = f"{len(at)} of {len(answer.columns)} columns: --columns shows others"
        lines += [plain(""), plain(shown, "quiet")]
    return lines


# --- a row's past ---------------------------------------------------------------------------------


def _history(answer: RowHistory, width: int) -> list[Line]:
    lines: list[Line] = []
    for ref in answer.rows:
        start: Line = (Piece(table_words(answer.table).ljust(_LABEL), "quiet"),)
        tokens = [plain(visible(ref.name or "(no name)"), "strong"), plain(ref.uuid)]
        lines += flow(
            (*start, *([indent(1)] if len(start[0].text) > _LABEL else [])),
            tokens,
            hang=_LABEL,
            width=width,
        )
    if not answer.changes:
        return [*lines, plain(""), plain("nothing happened to it in this log")]
    for _, group in groupby(answer.changes, key=lambda one: one.record):
        changes = list(group)
        first = changes[0]
        title: Line = (Piece(_time(first.time_ms), "strong"),)
        tokens = [plain(f"record {first.record}", "quiet")]
        lines += [plain(""), *flow(title, tokens, hang=2, width=width)]
        if first.comment:
            lines += prose(visible(first.comment), "quiet", start=(indent(2),), hang=4, width=width)
        several = len(answer.rows) > 1
        for change in changes:
            for words in change_words(change, answer.table, several=several):
                lines += prose(words, _style(change), start=(indent(2),), hang=6, width=width)
    return lines


def _style(change: Change) -> str:
    return {"deleted": "broken", "left": "warn", "inserted": "ok", "entered": "ok"}.get(
        change.what, "plain"
    )


def _time(time_ms: int | None) -> str:
    return "time unknown" if time_ms is None else time_text(time_ms)


# --- Markdown -------------------------------------------------------------------------------------


def db_markdown(answer: Answer, *, all_columns: bool = False) -> str:
    """The same, to paste into a ticket."""
    head = answer.head
    lines = [f"# Database file {span(head.place)}", ""]
    lines += [f"- {label} {escaped('  '.join(words))}" for label, words in head_facts(head)]
    lines.append("")
    if isinstance(answer, FileOverview):
        lines += markdown_table(
            ("table", "rows"), [(cell(name), str(count)) for name, count in answer.tables if count]
        )
    elif isinstance(answer, FileTable):
        at = shown_columns(answer, all_columns=all_columns)
        rows = [[cell(value_text(row[index])) for index in at] for row in answer.rows]
        lines += markdown_table([answer.columns[index] for index in at], rows)
    else:
        lines += _history_markdown(answer)
    return "\n".join([*lines, *gaps_markdown(head.gaps)]) + "\n"


def _history_markdown(answer: RowHistory) -> Sequence[str]:
    rows = []
    for change in answer.changes:
        words = change_words(change, answer.table, several=len(answer.rows) > 1)
        rows += [(_time(change.time_ms), cell(one), cell(change.comment)) for one in words]
    title = [f"## {escaped(table_words(answer.table))} {_name(ref)}" for ref in answer.rows]
    return [*title, "", *markdown_table(("time", "what", "comment"), rows)]


def _name(ref: Ref) -> str:
    return span(ref.uuid) if ref.name is None else f"{span(ref.name)} {span(ref.uuid)}"


def plain_value(value: Value) -> Value:
    """A value as JSON has it: a reference is an object of uuid and name."""
    if isinstance(value, Ref):
        return {"uuid": value.uuid, "name": value.name}
    if isinstance(value, tuple):
        return [plain_value(one) for one in value]
    if isinstance(value, Mapping):
        return {key: plain_value(one) for key, one in value.items()}
    return value
