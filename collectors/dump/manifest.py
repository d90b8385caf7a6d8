"""manifest.json: what the files of a dump can't say of themselves."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from collectors.dump.layout import FORMAT, VERSION
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason, Target

Key = tuple[str, str, str, str]  # node, namespace, pod, artefact


@dataclass(frozen=True, slots=True)
class Manifest:
    """`captures` have no data; it is in the files. Without a manifest everything is empty."""

    nodes: tuple[str, ...] = ()
    captures: Mapping[Key, Capture] = field(default_factory=dict)
    missing: Mapping[Key, Missing] = field(default_factory=dict)
    origin: Mapping[str, str] = field(default_factory=dict)  # kind and place of the collection
    created_at: str | None = None


def key_of(target: Target, artefact: str) -> Key:
    """What a capture or a missing artefact is found by."""
    return (target.node, target.namespace, target.pod, artefact)


def to_json(
    results: Iterable[Capture | Missing],
    *,
    nodes: Iterable[str],
    origin: Mapping[str, str],
    created_at: datetime,
    ovntrace_version: str,
) -> bytes:
    """The manifest of some results, as it stands in the file."""
    kept = list(results)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "ovntrace": ovntrace_version,
        "created_at": created_at.astimezone(UTC).isoformat(timespec="seconds"),
        "origin": dict(origin),
        "nodes": sorted(nodes),
        "captures": [_capture_out(item) for item in kept if isinstance(item, Capture)],
        "missing": [_missing_out(item) for item in kept if isinstance(item, Missing)],
    }
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


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
    captures = [_capture_in(item) for item in _records(document.get("captures"))]
    missing = [_missing_in(item) for item in _records(document.get("missing"))]
    origin = document.get("origin")
    return Manifest(
        tuple(node for node in _list(document.get("nodes")) if isinstance(node, str)),
        {key_of(item.target, item.artefact): item for item in captures},
        {key_of(item.target, item.artefact): item for item in missing},
        {str(k): str(v) for k, v in origin.items()} if isinstance(origin, dict) else {},
        _text_or_none(document.get("created_at")),
    )


def _capture_out(capture: Capture) -> dict[str, Any]:
    return {
        "artefact": capture.artefact,
        "target": _target_out(capture.target),
        "origin": capture.origin,
        "argv": list(capture.argv),
        "taken_at": capture.taken_at,
        "seconds": round(capture.seconds, 3),
        "exit_code": capture.exit_code,
        "stderr": capture.stderr,
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
