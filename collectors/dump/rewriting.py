"""A dump written once more with other words in it: every file of ours, its name, and the manifest.

What the words become is the caller's business; here is where they stand, and what must be made
anew when they change: the records of database files with their checksums, paths, sizes, sha256.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from collectors.artefact import Artefact
from collectors.dump.files import Files
from collectors.dump.layout import (
    MANIFEST,
    database_file,
    file_of,
    holds_artefact,
    place_of,
    table_file,
)
from collectors.dump.sinks import Sink
from collectors.ovsdbfile.framing import Record, magic_of, records_of
from ovntrace.model.capture import Target

Words = Callable[[str], str]
Place = tuple[Target, Artefact]
_LEVEL = 6


def files_of(files: Files) -> Iterator[tuple[tuple[str, ...], Place, bytes]]:
    """Each file that our own layout has a place for: the parts of its path, its place, and its
    bytes, unpacked. Raises UnreadableFileError."""
    for parts in sorted(set(files.paths())):
        place = place_of(parts) if holds_artefact(parts) else None
        data = files.read("/".join(parts).removesuffix(".gz")) if place is not None else None
        if place is not None and data is not None:
            yield parts, place, data


def database_records(data: bytes) -> Iterator[bytes]:
    """The bodies of a database file's whole records; none if it is no such file."""
    magic = magic_of(data)
    for record in records_of(data, magic) if magic is not None else ():
        if isinstance(record, Record):
            yield data[record.start : record.end]


def rewrite(files: Files, sink: Sink, words: Words) -> int:
    """Write every file with `words` applied to its text; the bytes that were written.

    A database file that is cut is written up to its last whole record. Raises
    UnreadableFileError for what can't be read, OSError for what can't be written.
    """
    written: dict[str, dict[str, Any]] = {}
    total = 0
    for parts, place, data in files_of(files):
        path = _path(parts, place, words)
        if path is None:
            continue
        new = _packed(parts, _content(data, words))
        name = path + ".gz" if parts[-1].endswith(".gz") else path
        sink.write(name, new)
        total += len(new)
        record = {"path": name, "size": len(new), "sha256": hashlib.sha256(new).hexdigest()}
        written["/".join(parts)] = record
    manifest = files.read(MANIFEST)
    if manifest is not None:
        new = _manifest(manifest, written, words)
        sink.write(MANIFEST, new)
        total += len(new)
    return total


def _path(parts: tuple[str, ...], place: Place, words: Words) -> str | None:
    target, artefact = place
    new = replace(
        target,
        node=words(target.node),
        namespace=words(target.namespace),
        pod=words(target.pod),
    )
    if artefact.values:
        artefact = artefact.filled({name: words(value[0]) for name, value in artefact.values})
    if len(parts) == 3:  # a table
        folder = file_of(new, artefact)
        table = parts[2].removesuffix(".gz").removesuffix(".json")
        return None if folder is None else table_file(folder, table)
    if parts[-1].removesuffix(".gz").endswith(".db"):
        return database_file(new, artefact)
    return file_of(new, artefact)


def _packed(parts: tuple[str, ...], data: bytes) -> bytes:
    if not parts[-1].endswith(".gz"):
        return data
    worker = zlib.compressobj(_LEVEL, wbits=31)
    return worker.compress(data) + worker.flush()


def _content(data: bytes, words: Words) -> bytes:
    magic = magic_of(data)
    if magic is None:
        return _text(data, words)
    out = []
    for body in database_records(data):
        new = _text(body, words)
        head = f"OVSDB {magic} {len(new)} {hashlib.sha1(new).hexdigest()}\n"
        out += [head.encode(), new]
    return b"".join(out)


def _text(data: bytes, words: Words) -> bytes:
    return words(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _manifest(data: bytes, written: dict[str, dict[str, Any]], words: Words) -> bytes:
    document = json.loads(data)
    for capture in document.get("captures", ()):
        if "files" in capture:
            paths = [file.get("path") for file in capture["files"]]
            capture["files"] = [written[path] for path in paths if path in written]
    new = {
        key: value if key in _AS_IT_IS else _said(value, words) for key, value in document.items()
    }
    return json.dumps(new, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


_AS_IT_IS = frozenset({"format", "version", "ovntrace", "created_at", "finished_at", "complete"})


def _said(value: Any, words: Words) -> Any:
    """A manifest's value with words applied to its texts, but not to what names our own things."""
    if isinstance(value, str):
        return words(value)
    if isinstance(value, list):
        return [_said(item, words) for item in value]
    if isinstance(value, dict):
        return {
            key: inner if key in ("artefact", "files", "reason") else _said(inner, words)
            for key, inner in value.items()
        }
    return value
