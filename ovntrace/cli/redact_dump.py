"""A dump with stand-ins for its names and addresses, and the key file that stays at home."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.artifacts import ARTEFACTS, BY_NAME
from collectors.dump.files import Files, UnreadableFileError
from collectors.dump.layout import MANIFEST
from collectors.dump.opening import open_dump
from collectors.dump.readers.own import OwnReader
from collectors.dump.rewriting import database_records, files_of, rewrite
from collectors.dump.sinks import sink_for
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.redact import (
    Originals,
    Redactor,
    addresses_of,
    clashes,
    name_of_object,
    names_of_object,
    names_of_row,
    new_key,
)

_FORMAT, _VERSION = "ovntrace-redaction-key", 1
_KINDS = {
    "pods": "Pod",
    "nodes": "Node",
    "namespaces": "Namespace",
    "virtualmachines": "VirtualMachine",
    "virtualmachineinstances": "VirtualMachineInstance",
    "network-attachment-definitions": "NetworkAttachmentDefinition",
    "multi-networkpolicies": "MultiNetworkPolicy",
    "networkpolicies": "NetworkPolicy",
    "adminnetworkpolicies": "AdminNetworkPolicy",
    "baselineadminnetworkpolicies": "BaselineAdminNetworkPolicy",
    "egressfirewalls": "EgressFirewall",
}


@dataclass(frozen=True, slots=True)
class Redacted:
    """What was done: `replaced` originals, `kept` names that are words of OVN, of Kubernetes or
    numbers and so stay, `clashing` addresses whose stand-in is an original address too."""

    size: int  # bytes written
    replaced: int
    kept: tuple[str, ...]
    clashing: tuple[str, ...]


def redact_dump(source: Path, target: Path, key_file: Path) -> Redacted:
    """Write the dump `source` to `target` (a folder or .tar.gz) with stand-ins.

    `key_file` is read if it is there, else made, and learns every original with its stand-in. It
    is for its owner only. Raises WrongQuestionError, NoAnswerError.
    """
    files = _own_files(source)
    key, known = _read_key(key_file)
    try:
        originals = _originals(files)
        redactor = Redactor(key or new_key(originals), originals)
        clashing = clashes(redactor.key, originals)
        sink = sink_for(target)
        try:
            size = rewrite(files, sink, redactor.text)
            _write_key(key_file, redactor.key, {**known, **redactor.table})
            sink.finish()
        except BaseException:
            sink.discard()
            raise
    except UnreadableFileError as error:
        raise NoAnswerError(f"can't read the dump: {error}", place=str(source)) from error
    except OSError as error:
        said = error.strerror or str(error)
        raise NoAnswerError(f"can't write: {said}", place=error.filename or str(target)) from error
    return Redacted(size, len(redactor.table), redactor.names.kept, tuple(map(str, clashing)))


def _own_files(source: Path) -> Files:
    opened = open_dump(source)
    if opened.cut:
        raise NoAnswerError(f"can't read the whole dump: {opened.cut}", place=str(source))
    for _, reader in opened.readers:
        if isinstance(reader, OwnReader):
            return reader.files
    raise WrongQuestionError(
        "only dumps of ovntrace can be redacted",
        place=str(source),
        hint="make one of it first: ovntrace dump --from",
    )


def _originals(files: Files) -> Originals:
    found = Originals()
    found.words.update(BY_NAME)
    found.words.update(artefact.file for artefact in ARTEFACTS)
    _of_heads(files, found)
    for parts, (_, artefact), data in files_of(files):
        addresses_of(data.decode("utf-8", "surrogateescape"), found)
        if artefact.resource:
            _of_list(data, _KINDS.get(artefact.name, ""), found)
        elif len(parts) == 3:
            _of_table(parts[2].partition(".")[0], data, found)
        else:
            for body in database_records(data):
                _of_record(body, found)
    _of_manifest(files, found)
    return found


def _of_heads(files: Files, found: Originals) -> None:
    """First what things are called where it is certain what they are: a stand-in begins so."""
    for _, (target, artefact), data in files_of(files):
        found.add(target.node, "node")
        found.add(target.namespace, "ns")
        found.add(target.pod, "pod")
        if artefact.name in _KINDS:
            for item in _items(data):
                name_of_object(item, _KINDS[artefact.name], found)


def _of_manifest(files: Files, found: Originals) -> None:
    data = files.read(MANIFEST)
    if data is None:
        return
    text = data.decode("utf-8", "surrogateescape")
    addresses_of(text, found)
    document = _json(data)
    if isinstance(document, dict):
        found.add_hosts(json.dumps(document.get("origin")))
        for node in document.get("nodes", ()):
            found.add(str(node), "node")


def _of_list(data: bytes, kind: str, found: Originals) -> None:
    for item in _items(data):
        names_of_object(item, kind, found)


def _items(data: bytes) -> list[dict[str, Any]]:
    document = _json(data)
    items = document.get("items") if isinstance(document, dict) else None
    return [i for i in items if isinstance(i, dict)] if isinstance(items, list) else []


def _of_table(table: str, data: bytes, found: Originals) -> None:
    document = _json(data)
    if not isinstance(document, dict):
        return
    headings, rows = document.get("headings"), document.get("data")
    if isinstance(headings, list) and isinstance(rows, list):
        for row in rows:
            if isinstance(row, list):
                names_of_row(table, dict(zip(map(str, headings), row, strict=False)), found)


def _of_record(body: bytes, found: Originals) -> None:
    """The rows of a database file's record: a transaction, or what a clustered file wraps in
    `prev_data` and `data` (ovsdb(5)). A schema gives words only."""
    document = _json(body)
    if not isinstance(document, dict):
        return
    inner = [document.get(key) for key in ("prev_data", "data")]
    wrapped = [part for pair in inner if isinstance(pair, list) for part in pair]
    for part in (document, *wrapped):
        if not isinstance(part, dict):
            continue
        tables = part.get("tables")
        for table, rows in (tables if isinstance(tables, dict) else part).items():
            if isinstance(rows, dict):
                _of_rows(str(table), rows, found)


def _of_rows(table: str, rows: Mapping[str, Any], found: Originals) -> None:
    columns = rows.get("columns")
    if isinstance(columns, dict):  # a schema's table
        found.words.update((table, *map(str, columns)))
        return
    for row in rows.values():
        if isinstance(row, dict):
            names_of_row(table, row, found)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _read_key(path: Path) -> tuple[bytes | None, dict[str, str]]:
    """The key and the stand-ins that it gave before; None if there is no such file yet."""
    try:
        document = json.loads(path.read_bytes())
        if document["format"] != _FORMAT or document["version"] > _VERSION:
            raise ValueError("of another format")
        known = {str(k): str(v) for k, v in document["stand_ins"].items()}
        return bytes.fromhex(document["key"]), known
    except FileNotFoundError:
        return None, {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WrongQuestionError(
            "this is no key file of `dump --redact`",
            place=str(path),
            hint="name a file that is not there yet to get a new key",
        ) from error


def _write_key(path: Path, key: bytes, stand_ins: Mapping[str, str]) -> None:
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "key": key.hex(),
        "stand_ins": dict(sorted(stand_ins.items())),
    }
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            json.dump(document, stream, indent=1, ensure_ascii=False)
            stream.write("\n")
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
