"""Databases that somebody copied without a layout: files alone or in folders, in a folder per node,
and lists of tables as JSON."""

from collections.abc import Iterable

from collectors.artifacts import Artefact
from collectors.dump.files import Files
from collectors.dump.layout import holds_artefact
from collectors.dump.reader import Part
from collectors.dump.readers.database_files import DatabaseFile, Databases, database_at
from collectors.dump.readers.table_files import TableFiles
from ovntrace.model.capture import Capture, Missing, Target

# What stands below these is another reader's.
_OTHERS = ("network_logs", "sos_commands", "sos_logs", "sos_reports")


def probe(files: Files) -> "Bare | None":
    """The reader, if there are database files or tables that no other reader has."""
    of_sos = {
        parts[: parts.index("sos_commands")] for parts in files.paths() if "sos_commands" in parts
    }
    paths = [
        parts
        for parts in files.paths()
        if not any(word in parts for word in _OTHERS)
        and not holds_artefact(parts)
        and not (len(parts) > 1 and holds_artefact(parts[1:]))
        and not any(parts[: len(root)] == root for root in of_sos)
    ]
    found = [one for parts in paths if (one := database_at(files, parts)) is not None]
    tables = TableFiles(files, paths)
    return Bare(files, found, tables) if found or tables.nodes else None


class Bare:
    """Database files first, then tables."""

    name = "database files"

    def __init__(self, files: Files, found: list[DatabaseFile], tables: TableFiles) -> None:
        self._databases = Databases(files, found)
        self._tables = tables
        self.nodes = tuple(sorted({*self._databases.nodes, *tables.nodes}))

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """A database, as a file or as its tables."""
        found = self._databases.find(target, artefact)
        if isinstance(found, Capture):
            return found
        return self._tables.find(target, artefact) or found

    def parts(self) -> Iterable[Part]:
        """What is there of each node."""
        seen = set()
        for part in (*self._databases.parts(), *self._tables.parts()):
            if (part.target, part.artefact) not in seen:
                seen.add((part.target, part.artefact))
                yield part
