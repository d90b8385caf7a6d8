"""What a database file says, as plain JSON values (docs/db.md)."""

from ovntrace.errors import ExitCode
from ovntrace.model.databasefile import Change, FileHead, FileOverview, FileTable, Ref, time_text
from renderers.db import Answer, plain_value
from renderers.document import SCHEMA, Json, gap_json


def db_document(answer: Answer, now: float) -> Json:
    """The answer of `db`; `now` in seconds since the epoch. What was not asked for is null."""
    head = answer.head
    document: Json = {
        "schema": SCHEMA,
        "kind": "db",
        "source": _source(head, now),
        "outcome": {"exit_code": int(ExitCode.NO_ANSWER if head.gaps else ExitCode.OK)},
        "file": _file(head),
        "at": _time(head.at_ms),
        "tables": None,
        "authors": None,
        "table": None,
        "history": None,
        "gaps": [gap_json(one) for one in head.gaps],
        "findings": [],
    }
    if isinstance(answer, FileOverview):
        document["tables"] = [{"name": name, "rows": count} for name, count in answer.tables]
        document["authors"] = [
            {
                "comment": one.comment,
                "transactions": one.transactions,
                "first": _time(one.first_ms),
                "last": _time(one.last_ms),
            }
            for one in answer.authors
        ]
    elif isinstance(answer, FileTable):
        document["table"] = {
            "name": answer.name,
            "columns": list(answer.columns),
            "rows": [
                {
                    column: plain_value(value)
                    for column, value in zip(answer.columns, row, strict=True)
                }
                for row in answer.rows
            ],
        }
    else:
        document["history"] = {
            "table": answer.table,
            "rows": [_ref(one) for one in answer.rows],
            "changes": [_change(one) for one in answer.changes],
        }
    return document


def _source(head: FileHead, now: float) -> Json:
    at_ms = head.at_ms if head.at_ms is not None else head.ends_ms
    return {
        "kind": "file",
        "place": head.place,
        "taken_at": _time(at_ms),
        "age_s": None if at_ms is None else now - at_ms / 1000,
        "versions": {},
        "time_note": "of the last transaction" if head.at_ms is None else "as asked for",
    }


def _file(head: FileHead) -> Json:
    return {
        "database": head.database,
        "version": head.version,
        "kind": head.kind,
        "records": head.records,
        "begins": _time(head.begins_ms),
        "ends": _time(head.ends_ms),
        "compacted": head.snapshot,
    }


def _change(one: Change) -> Json:
    values = None
    if one.values is not None:
        values = {key: plain_value(value) for key, value in one.values.items()}
    other = None
    if one.other is not None:
        other = {"table": one.other_table, **_ref(one.other)}
    return {
        "time": _time(one.time_ms),
        "record": one.record,
        "comment": one.comment,
        "what": one.what,
        "row": _ref(one.row),
        "values": values,
        "column": one.column,
        "before": plain_value(one.before),
        "after": plain_value(one.after),
        "added": [plain_value(value) for value in one.added],
        "removed": [plain_value(value) for value in one.removed],
        "keys": [
            {"key": key, "before": plain_value(before), "after": plain_value(after)}
            for key, before, after in one.keys
        ],
        "other": other,
    }


def _ref(ref: Ref) -> Json:
    return {"uuid": ref.uuid, "name": ref.name}


def _time(time_ms: int | None) -> str | None:
    return None if time_ms is None else time_text(time_ms)
