"""ovntrace's own dump: a folder per node with databases and the tools' output, beside kube/*.json
(collectors/dump/layout.py)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.artefact import Artefact, Where
from collectors.artifacts import BY_NAME
from collectors.dump.files import Files, Inside, UnreadableFileError
from collectors.dump.layout import (
    FORMAT,
    MANIFEST,
    database_file,
    file_of,
    holds_artefact,
    is_node_file,
    is_of_server,
    place_of,
    split,
    table_file,
)
from collectors.dump.manifest import Key, Manifest, from_json, key_of
from collectors.dump.origin import told_origin
from collectors.dump.reader import Part
from ovntrace.errors import NoAnswerError, WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason, Target

_DEEPEST = 6  # parts of a manifest's path: must-gather.local.1/<image>/<folder>/manifest.json
# A name under /run/netns that a person may paste.
_NETNS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")


def probe(files: Files) -> "OwnReader | None":
    """The reader of a dump at the root, in the only folder that is one, or further down where there
    is a manifest of ours: `oc adm must-gather` copies it so.

    Raises WrongQuestionError if several folders are dumps, or it is of a later version;
    NoAnswerError if its manifest is damaged.
    """
    folders: set[str] = set()
    for parts in files.paths():
        if _is_ours(parts):
            return OwnReader(files)
        if len(parts) > 1 and _is_ours(parts[1:]):
            folders.add(parts[0])
        elif 2 < len(parts) <= _DEEPEST and parts[-1] == MANIFEST:
            path = "/".join(parts)
            if f'"{FORMAT}"'.encode() in files.head(path):
                folders.add(path.removesuffix(f"/{MANIFEST}"))
    if len(folders) > 1:
        raise WrongQuestionError(
            "there are several dumps",
            place=files.place,
            hint="name one",
            candidates=sorted(folders),
        )
    return OwnReader(Inside(files, folders.pop())) if folders else None


def _is_ours(parts: tuple[str, ...]) -> bool:
    return holds_artefact(parts) and split("/".join(parts)) is not None


class OwnReader:
    """manifest.json adds what was run, when, and what could not be read."""

    name = "ovntrace dump"

    def __init__(self, files: Files) -> None:
        self._files = files
        self.manifest = self._read_manifest()
        found = {parts[0] for parts in self._paths() if is_node_file(parts)}
        self.nodes = tuple(sorted(found | set(self.manifest.nodes)))
        self._shared = _shared_paths(self.manifest)
        self._kept: dict[str, tuple[str, bytes | None]] = {}

    @property
    def files(self) -> Files:
        """The files that it reads."""
        return self._files

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """The artefact's files. `taken_at` only if the manifest says it: the time of a file is
        the time of a copy."""
        key = self._key(target, artefact)
        missing = self.manifest.missing.get(key)
        if missing is not None:
            return missing
        path = file_of(target, artefact)
        if path is None:
            return None
        noted = self.manifest.captures.get(key)
        try:
            path, data = self._data(key, target, artefact, path)
        except UnreadableFileError as error:
            return Missing(target, artefact.name, Reason.UNPARSABLE, str(error), "", path)
        if data is None:
            detail = f"the dump has no {path}"
            return Missing(target, artefact.name, Reason.ABSENT, detail, "", path)
        if noted is None:
            return Capture(target, artefact.name, data, path)
        return replace(
            noted,
            target=_as_noted(target, noted),
            artefact=artefact.name,
            data=data,
            origin=told_origin(noted, path),
        )

    def parts(self) -> Iterable[Part]:
        """By target and artefact; a database's tables are one part."""
        found: dict[tuple[Target, str], list[str]] = {}
        for parts in self._paths():
            place = place_of(parts)
            if place is not None:
                found.setdefault((place[0], place[1].name), []).append("/".join(parts))
        for key, paths in self._shared_parts():
            found.setdefault(key, paths)
        for (target, artefact), paths in found.items():
            yield Part(target, artefact, tuple(paths), self._size(paths))

    def _key(self, target: Target, artefact: Artefact) -> Key:
        """As the manifest has it: a list of one namespace may have been read of all, and more
        tables of a database with it."""
        key = key_of(target, artefact.name, artefact.values)
        known = key in self.manifest.captures or key in self.manifest.missing
        if artefact.where is Where.API and not known:
            return key_of(Target(), artefact.name)
        if is_of_server(artefact) and not known:
            return key_of(target, artefact.database)
        return key

    def _data(
        self, key: Key, target: Target, artefact: Artefact, path: str
    ) -> tuple[str, bytes | None]:
        """The path that is read, and its bytes."""
        if not is_of_server(artefact):
            if artefact.tables:
                return path, self._tables(path, artefact)
            return path, self._files.read(path)
        shared = self._shared.get(key)
        if shared is None:
            return self._database(target, artefact, path)
        if shared not in self._kept:
            # The same bytes for each node: they are read and parsed once.
            place = place_of(tuple(shared.split("/")))
            node = place[0] if place else target
            self._kept[shared] = self._database(node, artefact, file_of(node, artefact) or path)
        return self._kept[shared]

    def _database(
        self, target: Target, artefact: Artefact, folder: str
    ) -> tuple[str, bytes | None]:
        """The server's own file, else the tables."""
        file = database_file(target, artefact)
        data = None if file is None else self._files.read(file)
        if file is not None and data is not None:
            return file, data
        return folder, self._tables(folder, artefact)

    def _shared_parts(self) -> Iterator[tuple[tuple[Target, str], list[str]]]:
        for key in self._shared:
            paths = [record.path for record in self.manifest.files[key]]
            yield (Target(node=key[0]), key[3]), paths

    def _paths(self) -> Iterator[tuple[str, ...]]:
        return (parts for parts in self._files.paths() if _is_ours(parts))

    def _size(self, paths: list[str]) -> int | None:
        sizes = [self._files.size(path) for path in paths]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    def _read_manifest(self) -> Manifest:
        place = self._files.place
        try:
            data = self._files.read(MANIFEST)
        except UnreadableFileError as error:
            raise NoAnswerError(f"can't read the dump: {error}", place=place) from error
        return Manifest() if data is None else from_json(data, place)

    def _tables(self, folder: str, artefact: Artefact) -> bytes | None:
        """The tables' documents, one a line, as the command prints them; null where a file is
        not there; None if none is."""
        lines = []
        for table in artefact.tables:
            data = self._files.read(table_file(folder, table))
            lines.append(b"null" if data is None else _one_line(data))
        if all(line == b"null" for line in lines):
            return None
        return b"\n".join(lines) + b"\n"


def _shared_paths(manifest: Manifest) -> dict[Key, str]:
    """The first file of each database that stands in the folder of another node, or in whose
    folder another's does: central databases are the same for all. A manifest is what a stranger
    sent: a path counts only where a file of that database can be."""
    users: dict[str, list[Key]] = {}
    for key, files in manifest.files.items():
        row = BY_NAME.get(key[3])
        if row is not None and is_of_server(row) and files:
            place = place_of(split(files[0].path) or ("",))
            if place is not None and place[1].name == key[3]:
                users.setdefault(files[0].path, []).append(key)
    return {key: path for path, keys in users.items() if len(keys) > 1 for key in keys}


def _as_noted(target: Target, noted: Capture) -> Target:
    """With the container or the namespace by which it was reached, if its name is one."""
    netns = noted.target.netns if _NETNS.fullmatch(noted.target.netns) else ""
    return replace(target, container=noted.target.container, netns=netns)


def _one_line(data: bytes) -> bytes:
    # A line's end can stand only between the words of JSON, never inside a string.
    line = data.replace(b"\r", b" ").replace(b"\n", b" ").strip()
    # An empty file is a damaged table, not the end of the output.
    return line or b'""'
