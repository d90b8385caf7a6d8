"""Dump: the collector that reads files instead of running commands."""

from pathlib import Path

from collectors.artifacts import Artefact
from collectors.dump.files import UnreadableFileError
from collectors.dump.layout import MANIFEST, file_of, is_node_file, table_file
from collectors.dump.manifest import Manifest, from_json, key_of
from collectors.dump.opening import open_files
from collectors.dump.origin import told_origin
from ovntrace.errors import NoAnswerError
from ovntrace.model.capture import Capture, Missing, Reason, Target


class Dump:
    """A folder per node with nbctl|sbctl|ovs/TABLE.json beside kube/*.json, as a folder or an
    archive; manifest.json adds what was run, when, and what could not be read.

    Raises WrongQuestionError or NoAnswerError if `path` is not such a thing.
    """

    kind = "dump"

    def __init__(self, path: str | Path) -> None:
        self.place = str(path)
        self._files = open_files(Path(path))
        self.manifest = self._read_manifest()
        found = {parts[0] for parts in self._files.paths() if is_node_file(parts)}
        self._nodes = tuple(sorted(found | set(self.manifest.nodes)))

    def can_run(self) -> str | None:
        """It can: what can't be read was said when it was opened."""
        return None

    def nodes(self) -> tuple[str, ...]:
        """The nodes of which the dump has something."""
        return self._nodes

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        """The artefact's files. `taken_at` only if the manifest says it: the time of a file is
        the time of a copy."""
        del timeout_s  # files do not wait
        key = key_of(target, artefact.name)
        missing = self.manifest.missing.get(key)
        if missing is not None:
            return missing
        path = file_of(target, artefact)
        if path is None:
            return self._absent(target, artefact)
        try:
            data = self._tables(path, artefact) if artefact.tables else self._files.read(path)
        except UnreadableFileError as error:
            return Missing(target, artefact.name, Reason.UNPARSABLE, str(error), "", path)
        if data is None:
            return self._absent(target, artefact, path)
        noted = self.manifest.captures.get(key)
        if noted is None:
            return Capture(target, artefact.name, data, path)
        return Capture(
            target,
            artefact.name,
            data,
            told_origin(noted, path),
            noted.taken_at,
            noted.seconds,
            noted.exit_code,
            noted.stderr,
            noted.argv,
        )

    def close(self) -> None:
        """Nothing is held open."""

    def _read_manifest(self) -> Manifest:
        try:
            data = self._files.read(MANIFEST)
        except UnreadableFileError as error:
            raise NoAnswerError(f"can't read the dump: {error}", place=self.place) from error
        return Manifest() if data is None else from_json(data, self.place)

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

    def _absent(self, target: Target, artefact: Artefact, path: str = "") -> Missing:
        if self._files.cut:
            detail = f"not in what could be read of the dump: {self._files.cut}"
            return Missing(target, artefact.name, Reason.TRUNCATED, detail, "", path)
        detail = f"the dump has no {path}" if path else f"the dump has no {artefact.name} of it"
        return Missing(target, artefact.name, Reason.ABSENT, detail, "", path)


def _one_line(data: bytes) -> bytes:
    # A line's end can stand only between the words of JSON, never inside a string.
    line = data.replace(b"\r", b" ").replace(b"\n", b" ").strip()
    # An empty file is a damaged table, not the end of the output.
    return line or b'""'
