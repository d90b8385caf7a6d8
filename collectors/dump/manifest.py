"""manifest.json: what the files of a dump can't say of themselves."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from collectors.artefact import Artefact
from collectors.artifacts import BY_NAME
from collectors.dump.fixups import up_to_date
from collectors.dump.layout import FORMAT, VERSION
from collectors.parameters import Filled
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason, Target

Key = tuple[str, str, str, str, str]  # node, namespace, pod, artefact, its parameter's value


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file of the dump as it stands there: bytes and sha256 of what it has, packed or not."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one artefact. A capture has no data here; it is in `files`, which are those
    of another node where both have the same bytes.

    `is_gap` is true of a missing one for which nothing else stands.
    """

    artefact: Artefact
    result: Capture | Missing
    files: tuple[FileRecord, ...] = ()
    is_gap: bool = False

    @property
    def key(self) -> Key:
        """What it is found by."""
        return key_of(self.result.target, self.artefact.name, self.artefact.values)


@dataclass(frozen=True, slots=True)
class Head:
    """What the manifest says of the whole. `origin` is kind and place of the collection, `asked`
    what was wanted of it; `complete` is false of one that was stopped."""

    nodes: tuple[str, ...]
    origin: Mapping[str, str]
    created_at: datetime
    finished_at: datetime
    ovntrace_version: str
    complete: bool = True
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """`captures` have no data; it is in the files. Without a manifest everything is empty."""

    nodes: tuple[str, ...] = ()
    captures: Mapping[Key, Capture] = field(default_factory=dict)
    missing: Mapping[Key, Missing] = field(default_factory=dict)
    files: Mapping[Key, tuple[FileRecord, ...]] = field(default_factory=dict)
    origin: Mapping[str, str] = field(default_factory=dict)  # kind and place of the collection
    created_at: str | None = None
    finished_at: str | None = None
    complete: bool = True
    gaps: frozenset[Key] = frozenset()  # those of `missing` for which nothing else stands
    version: int = VERSION


def key_of(target: Target, artefact: str, values: Filled = ()) -> Key:
    """What a capture or a missing artefact is found by."""
    value = values[0][1][0] if values else ""
    return (target.node, target.namespace, target.pod, artefact, value)


def to_json(head: Head, records: Iterable[Record], tried: Iterable[Missing] = ()) -> bytes:
    """The manifest as it stands in the file. `tried` are ways that failed before another did."""
    kept = list(records)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "ovntrace": head.ovntrace_version,
        "created_at": _time(head.created_at),
        "finished_at": _time(head.finished_at),
        "complete": head.complete,
        "origin": dict(head.origin),
        "asked": dict(head.asked),
        "nodes": sorted(head.nodes),
        "captures": [
            _capture_out(record, record.result)
            for record in kept
            if isinstance(record.result, Capture)
        ],
        "missing": [
            {**_missing_out(record.result), **_parameters_out(record), "gap": record.is_gap}
            for record in kept
            if isinstance(record.result, Missing)
        ],
        "tried": [_missing_out(missing) for missing in tried],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def from_json(data: bytes, place: str) -> Manifest:
    """The manifest of a file. Raises NoAnswerError if it is damaged: then nobody knows which
    answers were refused; WrongQuestionError if it is of a later format."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NoAnswerError("the dump's manifest.json is damaged", place=place) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise WrongQuestionError("manifest.json is not of an ovntrace dump", place=place)
    version = document.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise WrongQuestionError(
            f"the dump has format version {version!r}, this ovntrace reads up to {VERSION}",
            place=place,
            hint="update ovntrace",
        )
    return _manifest_in(up_to_date(document, version), version)


def _manifest_in(document: dict[str, Any], version: int) -> Manifest:
    captures = [(_key_in(item), item) for item in _records(document.get("captures"))]
    missing = [(_key_in(item), item) for item in _records(document.get("missing"))]
    origin = document.get("origin")
    return Manifest(
        nodes=tuple(node for node in _list(document.get("nodes")) if isinstance(node, str)),
        captures={key: _capture_in(item) for key, item in captures},
        missing={key: _missing_in(item) for key, item in missing},
        files={key: _files_in(item.get("files")) for key, item in captures},
        origin={
            key: value
            for key, value in (origin.items() if isinstance(origin, dict) else ())
            if isinstance(value, str)
        },
        created_at=_text_or_none(document.get("created_at")),
        finished_at=_text_or_none(document.get("finished_at")),
        complete=document.get("complete") is not False,
        gaps=frozenset(key for key, item in missing if item.get("gap") is True),
        version=version,
    )


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _key_in(record: dict[str, Any]) -> Key:
    artefact = _text(record.get("artefact"))
    row = BY_NAME.get(artefact)
    value = ""
    if row is not None and row.parameters:
        given = record.get("parameters")
        value = _text(given.get(row.parameters[0].name)) if isinstance(given, dict) else ""
    target = _target_in(record.get("target"))
    return (target.node, target.namespace, target.pod, artefact, value)


def _parameters_out(record: Record) -> dict[str, Any]:
    values = {name: value[0] for name, value in record.artefact.values}
    return {"parameters": values} if values else {}


def _files_in(value: object) -> tuple[FileRecord, ...]:
    return tuple(
        FileRecord(
            _text(item.get("path")),
            size if isinstance(size := item.get("size"), int) else 0,
            _text(item.get("sha256")),
        )
        for item in _records(value)
    )


def _capture_out(record: Record, capture: Capture) -> dict[str, Any]:
    return {
        "artefact": record.artefact.name,
        **_parameters_out(record),
        "target": _target_out(capture.target),
        "origin": capture.origin,
        "argv": list(capture.argv),
        "taken_at": capture.taken_at,
        "seconds": round(capture.seconds, 3),
        "exit_code": capture.exit_code,
        "stderr": capture.stderr,
        "files": [
            {"path": file.path, "size": file.size, "sha256": file.sha256} for file in record.files
        ],
    }


def _capture_in(record: dict[str, Any]) -> Capture:
    taken_at, seconds = record.get("taken_at"), record.get("seconds")
    exit_code = record.get("exit_code")
    return Capture(
        _target_in(record.get("target")),
        _text(record.get("artefact")),
        b"",
        _text(record.get("origin")),
        _number(taken_at),
        _number(seconds) or 0.0,
        exit_code if isinstance(exit_code, int) else 0,
        _text(record.get("stderr")),
        tuple(word for word in _list(record.get("argv")) if isinstance(word, str)),
    )


def _missing_out(missing: Missing) -> dict[str, Any]:
    return {
        "artefact": missing.artefact,
        "target": _target_out(missing.target),
        "reason": str(missing.reason),
        "detail": missing.detail,
        "hint": missing.hint,
        "origin": missing.origin,
    }


def _missing_in(record: dict[str, Any]) -> Missing:
    try:
        reason = Reason(_text(record.get("reason")))
    except ValueError:  # of a later version: something that is not there all the same
        reason = Reason.UNREACHABLE
    return Missing(
        _target_in(record.get("target")),
        _text(record.get("artefact")),
        reason,
        _text(record.get("detail")),
        _text(record.get("hint")),
        _text(record.get("origin")),
    )


_TARGET_FIELDS = ("node", "namespace", "pod", "container", "netns")


def _target_out(target: Target) -> dict[str, str]:
    values = {name: str(getattr(target, name)) for name in _TARGET_FIELDS}
    return {name: value for name, value in values.items() if value}


def _target_in(record: object) -> Target:
    known = record if isinstance(record, dict) else {}
    return Target(*(_text(known.get(name)) for name in _TARGET_FIELDS))


def _records(value: object) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e12 else None
