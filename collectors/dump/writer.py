"""A dump written: all of it or nothing."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from collectors.artifacts import BY_NAME, Artefact, Where
from collectors.dump.layout import MANIFEST, file_of, table_file
from collectors.dump.manifest import to_json
from collectors.dump.redact import redacted_list
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason


def write_dump(
    path: str | Path,
    results: Iterable[Capture | Missing],
    *,
    nodes: Iterable[str],
    origin: Mapping[str, str],
    created_at: datetime,
    ovntrace_version: str,
) -> None:
    """Write the folder `path`, which must not exist yet.

    `origin` says how and where it was collected ({"kind": "kube", "place": URL}). It appears
    under its name only when it is complete, readable by its owner only. Environment, commands,
    user data and foreign annotations of Kubernetes objects are left out. Raises
    WrongQuestionError if `path` exists, NoAnswerError if it can't be written.
    """
    final = Path(path)
    if final.exists() or final.is_symlink():
        raise WrongQuestionError("there is something already", place=str(final))
    try:
        draft = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
        try:
            files, kept = _files(results)
            for name, data in files.items():
                _write(draft / name, data)
            manifest = to_json(
                kept,
                nodes=nodes,
                origin=origin,
                created_at=created_at,
                ovntrace_version=ovntrace_version,
            )
            _write(draft / MANIFEST, manifest)
            draft.rename(final)
        finally:
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(draft)
    except OSError as error:
        said = error.strerror or str(error)
        raise NoAnswerError(f"can't write the dump: {said}", place=str(final)) from error


def _files(
    results: Iterable[Capture | Missing],
) -> tuple[dict[str, bytes], list[Capture | Missing]]:
    """The files by name, and what the manifest says: a capture that can't be written is missing."""
    lists: dict[str, list[Any]] = {}
    files: dict[str, bytes] = {}
    kept: list[Capture | Missing] = []
    for result in results:
        if isinstance(result, Capture):
            trouble = _put(result, files, lists)
            kept.append(result if trouble is None else trouble)
        else:
            kept.append(result)
    for name, items in lists.items():
        document = {"apiVersion": "v1", "kind": "List", "items": items}
        files[name] = json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"
    return files, kept


def _put(capture: Capture, files: dict[str, bytes], lists: dict[str, list[Any]]) -> Missing | None:
    artefact = BY_NAME.get(capture.artefact)
    name = None if artefact is None else file_of(capture.target, artefact)
    if artefact is None or name is None:
        return _unwritable(capture, "a dump has no place for it")
    if artefact.where is Where.API:
        document = redacted_list(capture.data)
        if document is None:
            return _unwritable(capture, "it is no list of objects")
        # Events come by namespace, and stand in one file.
        lists.setdefault(name, []).extend(document["items"])
    elif artefact.tables:
        files.update(_tables(name, artefact, capture.data))
    else:
        files[name] = capture.data
    return None


def _tables(folder: str, artefact: Artefact, data: bytes) -> dict[str, bytes]:
    """A file for each table. Of one that the output does not reach, an empty one: damaged, which
    is not the same as never asked for."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    lines += [b""] * (len(artefact.tables) - len(lines))
    return {
        table_file(folder, table): line + b"\n"
        for table, line in zip(artefact.tables, lines, strict=False)
        if line.strip() != b"null"
    }


def _unwritable(capture: Capture, detail: str) -> Missing:
    return Missing(capture.target, capture.artefact, Reason.UNPARSABLE, detail, "", capture.origin)


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(data)
