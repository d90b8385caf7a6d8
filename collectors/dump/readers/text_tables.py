"""Tables that stand in files as text, put into the form of `--format=json list`."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from collectors.artifacts import Artefact
from collectors.dump.files import Files, UnreadableFileError
from collectors.parse.tables import IN_PART
from ovntrace.model.capture import Capture, Target
from ovntrace.model.rows import Database, Table

if TYPE_CHECKING:
    from collectors.parse.list_text import ListedRows, ListedText
    from collectors.parse.listed_merge import Merged
    from collectors.parse.session_text import Section

_OF_ONE_ROW = ("Open_vSwitch", "NB_Global", "SB_Global")


class TableTexts:
    """What several texts say of the databases. A table is whole if a text has all of it: then a row
    that is not there does not exist."""

    def __init__(self) -> None:
        self._merged: dict[str, Merged] = {}
        self._whole: set[tuple[str, str]] = set()
        self._paths: dict[str, dict[str, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._merged)

    def add_list(self, data: bytes, database: str, table: str, path: str) -> None:
        """The output of `list TABLE`."""
        from collectors.parse.list_text import parse_list_text

        text = parse_list_text(data, database=database, table=table)
        self._of(database, path).add_table(table)
        if not text.cut:
            self._whole.add((database, table))
        self._add(text, path)

    def add_section(self, section: "Section", path: str) -> None:
        """An output that stands among others. What was filtered, searched for or asked of single
        rows is a part of its table, and so is what no command tells."""
        from collectors.parse.column_types import named
        from collectors.parse.listed_database import read_section

        text = read_section(section)
        if text is None:
            return
        if section.table and not all(map(_fits, text.listed)):
            # A script's line may stand above outputs that are not its own.
            section = replace(section, table=None)
            text = read_section(section) or text
        words = [word for word in section.command if not word.startswith("-")]
        place = words.index("list") if "list" in words else len(words)
        asks_for_all = words[place + 1 :] == [section.table]
        has_all = asks_for_all and not section.filtered and not text.cut and not _elides(text)
        if has_all and section.database and section.table:
            found = named(section.table, section.database)
            if len(found) == 1:
                self._whole.add(found[0])
                self._of(section.database, path).add_table(found[0][1])
        self._add(text, path)

    def databases(self) -> Mapping[str, Database]:
        """All that was read, by nb, sb and ovs."""
        return {name: merged.database() for name, merged in self._merged.items()}

    def tables(self, database: str) -> tuple[str, ...]:
        """The whole tables of a database."""
        return tuple(sorted(table for name, table in self._whole if name == database))

    def paths(self) -> Mapping[str, tuple[str, ...]]:
        """The files by database."""
        return {database: tuple(paths) for database, paths in self._paths.items()}

    def capture(
        self, target: Target, artefact: Artefact, other: Database | None = None
    ) -> Capture | None:
        """The documents of the database's tables, one a line: whole ones as text has them, others
        as `other` has them, null where neither does. None if no text is of that database."""
        merged = self._merged.get(artefact.name)
        if merged is None:
            return None
        database = merged.database()
        lines = []
        for name in artefact.tables:
            whole = (artefact.name, name) in self._whole
            if other is None or whole:
                lines.append(_document(database.table(name), whole=whole))
            else:
                known = other.has(name)
                lines.append(_document(other.table(name), whole=True) if known else b"null")
        paths = list(self._paths[artefact.name])
        origin = paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
        return Capture(target, artefact.name, b"\n".join(lines) + b"\n", origin)

    def _add(self, text: "ListedText", path: str) -> None:
        for listed in text.listed:
            if listed.database is not None and listed.table:
                self._of(listed.database, path).add(listed)
                if listed.table in _OF_ONE_ROW and listed.rows:
                    self._whole.add((listed.database, listed.table))

    def _of(self, database: str, path: str) -> "Merged":
        from collectors.parse.listed_merge import Merged

        self._paths.setdefault(database, {})[path] = None
        return self._merged.setdefault(database, Merged(database))


def _fits(listed: "ListedRows") -> bool:
    """True if the table that a command named has the columns that were printed."""
    from collectors.parse.column_types import kinds

    if listed.database is None or not listed.rows:
        return True
    return set(listed.headings) <= {"_uuid", *kinds(listed.database, listed.table)}


def _elides(text: "ListedText") -> bool:
    """True if something of it could not be read: a row may be lost."""
    return bool(text.troubles) or len({listed.table for listed in text.listed}) > 1


def _document(table: Table, *, whole: bool) -> bytes:
    columns = list(table.columns)
    data = [[row.cell(column) for column in columns] for row in table]
    line = json.dumps({"headings": columns, "data": data}).encode()
    return line if whole else IN_PART + b", " + line[1:]


def read_text(files: Files, path: str) -> bytes:
    """A text's bytes; empty if it can't be read."""
    try:
        return files.read(path) or b""
    except UnreadableFileError:
        return b""
