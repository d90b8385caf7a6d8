"""Tables as `--format=json list TABLE` and `ovsdb-client dump` print them, whatever the files are
called: the columns tell which table it is."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from collectors.artifacts import Artefact
from collectors.dump.files import Files, UnreadableFileError
from collectors.dump.layout import is_component
from collectors.dump.reader import NAMELESS, Part
from collectors.dump.readers.database_files import CLUSTER, told_by
from collectors.parse.tables import IN_PART, parse_tables
from ovntrace.model.capture import Capture, Missing, Reason, Target

_BEGIN = re.compile(rb'\s*\{\s*"(data|headings|caption)"')
_HEADINGS = re.compile(rb'"headings"\s*:\s*\[([^\]]{0,20000})\]')
_TOOLS = ("nbctl", "sbctl", "ovs", "nb", "sb")
_NAMING = {"nb": ("NB_Global",), "sb": ("SB_Global", "Chassis"), "ovs": ("Open_vSwitch",)}
# Without one of these a verdict would be a guess.
_JUDGED_BY = {"nb": ("Logical_Switch", "Logical_Switch_Port", "Port_Group", "ACL", "Address_Set")}


@dataclass(frozen=True, slots=True)
class _Place:
    """A file, and the line of it where one file has several tables."""

    path: str
    line: int | None = None


class TableFiles:
    """Tables by node and database."""

    def __init__(self, files: Files, paths: Iterable[tuple[str, ...]]) -> None:
        self._files = files
        groups: dict[tuple[str, ...], dict[tuple[str, str], _Place]] = {}
        for parts in paths:
            for known, place in _tables_in(files, parts):
                groups.setdefault(_group(parts), {}).setdefault(known, place)
        self._tables: dict[str, dict[tuple[str, str], _Place]] = {}
        for folder, tables in sorted(groups.items()):
            node = self._told(tables) or _word(folder, files.place)
            for known, place in tables.items():
                self._tables.setdefault(node, {}).setdefault(known, place)
        self.nodes = tuple(sorted(self._tables))

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """The documents, one a line; null for a table that is not there."""
        tables = self._tables.get(target.node)
        if tables is None or target.pod or not artefact.tables:
            return None
        places = [tables.get((artefact.name, table)) for table in artefact.tables]
        found = [place for place in places if place is not None]
        if not found:
            return None
        origin = found[0].path if len(found) == 1 else f"{found[0].path} and others beside it"
        try:
            pairs = zip(artefact.tables, places, strict=True)
            lines = [
                self._line(place) if place else _absent(artefact.name, table)
                for table, place in pairs
            ]
        except UnreadableFileError as error:
            return Missing(target, artefact.name, Reason.UNPARSABLE, str(error), "", origin)
        return Capture(target, artefact.name, b"\n".join(lines) + b"\n", origin)

    def parts(self) -> Iterable[Part]:
        """A part for each database of each node."""
        for node, tables in sorted(self._tables.items()):
            for artefact in dict.fromkeys(name for name, _ in tables):
                paths = dict.fromkeys(
                    place.path for (name, _), place in tables.items() if name == artefact
                )
                size = sum(self._files.size(path) or 0 for path in paths)
                known = {table for name, table in tables if name == artefact}
                whole = known >= set(_JUDGED_BY.get(artefact, ()))
                yield Part(Target(node=node), artefact, tuple(paths), size, whole)

    def _line(self, place: _Place) -> bytes:
        data = self._files.read(place.path) or b""
        if place.line is not None:
            lines = data.splitlines()
            return lines[place.line] if place.line < len(lines) else b'""'
        return data.replace(b"\r", b" ").replace(b"\n", b" ").strip() or b'""'

    def _told(self, tables: dict[tuple[str, str], _Place]) -> str:
        """The node that the tables themselves name."""
        for artefact, names in _NAMING.items():
            lines = []
            for name in names:
                place = tables.get((artefact, name))
                try:
                    lines.append(b"null" if place is None else self._line(place))
                except UnreadableFileError:
                    lines.append(b"null")
            database, _ = parse_tables(b"\n".join(lines) + b"\n", names)
            node, _ = told_by(database, names[0])
            if node and node != CLUSTER:
                return node
        return ""


def _tables_in(files: Files, parts: tuple[str, ...]) -> Iterator[tuple[tuple[str, str], _Place]]:
    """The tables of a file, by its content."""
    path = "/".join(parts)
    name = parts[-1].removesuffix(".gz")
    if not name.endswith(".json") or not _BEGIN.match(files.head(path)):
        return
    plain = path.removesuffix(".gz")
    try:
        data = files.read(plain) or b""
    except UnreadableFileError:
        return
    found = list(_HEADINGS.finditer(data))
    if len(found) == 1:
        known = _table_of(_columns(found[0]), name.removesuffix(".json"))
        if known is not None:
            yield known, _Place(plain)
        return
    for number, line in enumerate(data.splitlines()):
        match = _HEADINGS.search(line)
        known = _table_of(_columns(match)) if match else None
        if known is not None:
            yield known, _Place(plain, number)


def _absent(artefact: str, table: str) -> bytes:
    """Of a table without which a verdict would be a guess: no row, but not none."""
    if table in _JUDGED_BY.get(artefact, ()):
        return IN_PART + b', "headings": [], "data": []}'
    return b"null"


def _table_of(columns: list[str], name: str = "") -> tuple[str, str] | None:
    """(artefact, table) by the columns; where they do not tell, by a file's name as well."""
    from collectors.parse.column_types import guess, named

    found = guess(columns)
    if len(found) > 1:
        found = tuple(place for place in found if place in named(name))
    return found[0] if len(found) == 1 else None


def _columns(match: re.Match[bytes]) -> list[str]:
    try:
        columns = json.loads(b"[" + match[1] + b"]")
    except (ValueError, RecursionError):
        return []
    return [column for column in columns if isinstance(column, str)]


def _group(parts: tuple[str, ...]) -> tuple[str, ...]:
    folder = parts[:-1]
    return folder[:-1] if folder and folder[-1] in _TOOLS else folder


def _word(folder: tuple[str, ...], place: str) -> str:
    """What the node is called if nothing else tells."""
    word = folder[-1] if folder else PurePath(place).name
    return word if is_component(word) and not PurePath(word).suffix else NAMELESS
