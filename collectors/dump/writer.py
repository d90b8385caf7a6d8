"""A dump written piece by piece: a capture goes to the disk when it comes, and is forgotten."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType

from collectors.artefact import Artefact, Where
from collectors.artifacts import BY_NAME
from collectors.dump.kube_objects import kept_items
from collectors.dump.layout import MANIFEST, database_file, file_of, is_of_server, table_file
from collectors.dump.manifest import FileRecord, Head, Key, Record, to_json
from collectors.dump.sinks import Sink, sink_for
from collectors.dump.wanted import HEAD, is_database
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason

_PACKED = b"\x1f\x8b"
# OpenFlow packs 20 times; the level that costs least.
_LEVEL = 1


class DumpWriter:
    """The folder or .tar.gz `path`, which must not exist yet.

    It appears under its name with `finish`, readable by its owner only; left as a context without
    that it leaves nothing. Environment, commands, user data and foreign annotations of Kubernetes
    objects are left out. Raises WrongQuestionError if `path` exists, NoAnswerError if it can't be
    written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.size = 0  # bytes of the files, before an archive packs them
        self.captured = 0
        self.gap_count = 0
        self._records: dict[Key, Record] = {}
        self._tried: list[Missing] = []
        self._seen: dict[tuple[str, str], tuple[FileRecord, ...]] = {}
        self._lists: dict[str, list[bytes]] = {}
        if self.path.exists() or self.path.is_symlink():
            raise WrongQuestionError("there is something already", place=str(self.path))
        try:
            self._sink: Sink = sink_for(self.path)
        except OSError as error:
            raise self._trouble(error) from error
        self._is_open = True

    def __enter__(self) -> "DumpWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._is_open:
            self._is_open = False
            self._sink.discard()

    @property
    def gaps(self) -> tuple[Missing, ...]:
        """What is not there and has nothing in its place."""
        records = self._records.values()
        return tuple(r.result for r in records if r.is_gap and isinstance(r.result, Missing))

    def has(self, key: Key) -> bool:
        """True if it is known what became of an artefact."""
        return key in self._records

    def add(self, artefact: Artefact, result: Capture | Missing, *, is_gap: bool = True) -> None:
        """Write what came, or note why nothing did; `is_gap` is false of a Missing in whose place
        something else stands."""
        if isinstance(result, Missing):
            self._note_missing(artefact, result, is_gap)
            return
        try:
            files = self._write_capture(artefact, result)
        except OSError as error:
            raise self._trouble(error) from error
        if isinstance(files, str):
            target, origin = result.target, result.origin
            why = Missing(target, artefact.name, Reason.UNPARSABLE, files, "", origin)
            self._note_missing(artefact, why, True)
            return
        self.captured += 1
        self._put(Record(artefact, replace(result, data=b""), files))

    def tried(self, missing: Missing) -> None:
        """Note a way that failed before another is taken."""
        self._tried.append(missing)

    def finish(self, head: Head) -> None:
        """Write the manifest, and give the dump its name."""
        try:
            for name, items in self._lists.items():
                files = (self._write(name, _as_list(items)),)
                for key, record in self._records.items():
                    if not record.files and file_of(record.result.target, record.artefact) == name:
                        self._records[key] = replace(record, files=files)
            self._write(MANIFEST, to_json(head, self._records.values(), self._tried))
            self._sink.finish()
        except OSError as error:
            raise self._trouble(error) from error
        self._is_open = False

    def _note_missing(self, artefact: Artefact, missing: Missing, is_gap: bool) -> None:
        record = Record(artefact, missing, (), is_gap and missing.reason.changes_exit_code)
        known = self._records.get(record.key)
        if known is None or isinstance(known.result, Missing):
            self._put(record)

    def _put(self, record: Record) -> None:
        known = self._records.get(record.key)
        self.gap_count += record.is_gap - (known is not None and known.is_gap)
        self._records[record.key] = record

    def _write_capture(self, artefact: Artefact, capture: Capture) -> tuple[FileRecord, ...] | str:
        """The files that hold it, or why there are none."""
        if artefact.where is Where.API:
            return self._write_list(artefact, capture)
        path = file_of(capture.target, artefact)
        if path is None:
            return "a dump has no place for it"
        if is_of_server(artefact):
            return self._write_database(artefact, capture, path)
        if artefact.tables:
            return tuple(self._write(*file) for file in _tables(path, artefact, capture.data))
        if artefact.heavy:
            import gzip

            return (self._write(f"{path}.gz", gzip.compress(capture.data, _LEVEL, mtime=0)),)
        return (self._write(path, capture.data),)

    def _write_list(self, artefact: Artefact, capture: Capture) -> tuple[FileRecord, ...] | str:
        name = file_of(capture.target, artefact) or ""
        items = kept_items(capture.data)
        if items is None:
            return "it is no list of objects"
        if not capture.target.namespace:
            self._lists.pop(name, None)
            return (self._write(name, _as_list(items)),)
        # Those of several namespaces stand in one file; what all of them have is there already.
        if not any(record.files for record in self._by(artefact)):
            self._lists.setdefault(name, []).extend(items)
        return ()

    def _by(self, artefact: Artefact) -> Iterator[Record]:
        return (r for r in self._records.values() if r.artefact.name == artefact.name)

    def _write_database(
        self, artefact: Artefact, capture: Capture, folder: str
    ) -> tuple[FileRecord, ...]:
        """The server's file or the tables; once, where several nodes ask the same server."""
        digest = hashlib.sha256(capture.data).hexdigest()
        mark = (artefact.name, digest)
        if mark in self._seen:
            return self._seen[mark]
        file = database_file(capture.target, artefact)
        if file is not None and is_database(capture.data[:HEAD]):
            packed = ".gz" if capture.data.startswith(_PACKED) else ""
            files: tuple[FileRecord, ...] = (self._write(file + packed, capture.data, digest),)
        else:
            tables = _tables(folder, artefact, capture.data)
            files = tuple(self._write(*table) for table in tables)
        self._seen[mark] = files
        return files

    def _write(self, name: str, data: bytes, digest: str = "") -> FileRecord:
        self._sink.write(name, data)
        self.size += len(data)
        return FileRecord(name, len(data), digest or hashlib.sha256(data).hexdigest())

    def _trouble(self, error: OSError) -> NoAnswerError:
        said = error.strerror or str(error)
        return NoAnswerError(f"can't write the dump: {said}", place=str(self.path))


def write_dump(
    path: str | Path,
    results: Iterable[Capture | Missing],
    *,
    nodes: Iterable[str],
    origin: Mapping[str, str],
    created_at: datetime,
    ovntrace_version: str,
) -> None:
    """Write all of it at once. `origin` says how and where it was collected ({"kind": "kube",
    "place": URL}). Raises as DumpWriter does."""
    head = Head(tuple(nodes), origin, created_at, created_at, ovntrace_version)
    with DumpWriter(path) as writer:
        for result in results:
            artefact = BY_NAME.get(result.artefact)
            if artefact is not None:
                writer.add(artefact, result)
        writer.finish(head)


def _tables(folder: str, artefact: Artefact, data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file for each table. Of one that the output does not reach, an empty one: damaged, which
    is not the same as never asked for."""
    lines = _lines(data)
    for table in artefact.tables:
        line = next(lines, b"")
        if line.strip() != b"null":
            yield table_file(folder, table), line + b"\n"


def _lines(data: bytes) -> Iterator[bytes]:
    """Those that are not blank, one at a time: a table may have tens of megabytes."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at:end]
        at = end + 1
        if line.strip():
            yield line


def _as_list(items: Iterable[bytes]) -> bytes:
    head = b'{\n "apiVersion": "v1",\n "kind": "List",\n "items": ['
    return head + b",".join(b"\n" + item for item in items) + b"\n ]\n}\n"
