"""The files of a dump, in a folder or a tar archive: only regular files, only inside, bounded."""

import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from collectors.dump.archive import Members
from collectors.dump.layout import (
    MAX_ENTRIES,
    MAX_FILE_BYTES,
    MAX_TOTAL_BYTES,
    holds_artefact,
    split,
)


class UnreadableFileError(Exception):
    """A file of a dump that is there and can't be read; the message says why."""


class Files(Protocol):
    """Relative paths with / to bytes."""

    cut: str
    """Why not everything could be read, or empty."""

    def paths(self) -> Iterator[tuple[str, ...]]:
        """The parts of each path that may hold an artefact."""
        ...

    def read(self, path: str) -> bytes | None:
        """A file's bytes, unpacked if it stands there as .gz; None if there is no such file.

        Raises UnreadableFileError."""
        ...


class FolderFiles:
    """A folder. Symbolic links are followed only to places inside it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self.cut = ""

    def paths(self) -> Iterator[tuple[str, ...]]:
        seen = 0
        for folder, subfolders, names in os.walk(self._root):
            relative = Path(folder).relative_to(self._root).parts
            if len(relative) >= 4:  # <node>/pods/<namespace>/<pod>
                subfolders.clear()
            subfolders.sort()
            for name in sorted(names):
                seen += 1
                if seen > MAX_ENTRIES:
                    self.cut = f"more than {MAX_ENTRIES} files"
                    return
                parts = (*relative, name)
                if split("/".join(parts)) is not None:
                    yield parts

    def read(self, path: str) -> bytes | None:
        if split(path) is None:
            return None
        plain = self._read(self._root / path, path)
        if plain is not None:
            return plain
        packed = self._read(self._root / f"{path}.gz", path)
        return None if packed is None else unpack(packed, path)

    def _read(self, file: Path, path: str) -> bytes | None:
        try:
            real = file.resolve(strict=True)
            if not real.is_relative_to(self._root):
                raise UnreadableFileError(f"{path} is a link that leads out of the dump")
            # A fifo or a device would block or never end.
            descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            said = error.strerror if isinstance(error, OSError) else "a loop of links"
            raise UnreadableFileError(f"{path}: {said}") from error
        with os.fdopen(descriptor, "rb") as stream:
            facts = os.fstat(stream.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise UnreadableFileError(f"{path} is no regular file")
            if facts.st_size > MAX_FILE_BYTES:
                raise UnreadableFileError(f"{path} has {facts.st_size} bytes, more than is read")
            return stream.read()


class TarFiles:
    """A tar archive, packed or not, read once from its begin to its end into memory.

    Nothing is extracted to disk. Links, devices, sparse files and names that lead elsewhere are
    not there for us.
    """

    def __init__(self, archive: Path) -> None:
        self.cut = ""
        self._data: dict[str, bytes | UnreadableFileError] = {}
        self._load(archive)

    def paths(self) -> Iterator[tuple[str, ...]]:
        for path in sorted(self._data):
            yield tuple(path.split("/"))

    def read(self, path: str) -> bytes | None:
        for name in (path, f"{path}.gz"):
            data = self._data.get(name)
            if isinstance(data, UnreadableFileError):
                raise data
            if data is not None:
                return data if name == path else unpack(data, path)
        return None

    def _load(self, archive: Path) -> None:
        total = 0
        members = Members(archive)
        for entry, (name, size, read) in enumerate(members):
            total += size
            if entry >= MAX_ENTRIES or total > MAX_TOTAL_BYTES:
                self.cut = "the archive is larger than is read"
                return
            parts = split(name)
            if parts is None or not _may_hold(parts):
                continue
            path = "/".join(parts)
            if size > MAX_FILE_BYTES:
                self._data[path] = UnreadableFileError(
                    f"{path} has {size} bytes, more than is read"
                )
            elif (data := read()) is not None:
                self._data[path] = data
        self.cut = members.cut


def _may_hold(parts: tuple[str, ...]) -> bool:
    # The archive of a folder has that folder's name before each path.
    return holds_artefact(parts) or (len(parts) > 1 and holds_artefact(parts[1:]))


def unpack(data: bytes, path: str) -> bytes:
    """The bytes of a gzip file. Raises UnreadableFileError if it is damaged, cut or too large."""
    worker = zlib.decompressobj(wbits=31)
    try:
        plain = worker.decompress(data, MAX_FILE_BYTES)
    except zlib.error as error:
        raise UnreadableFileError(f"{path}.gz: {error}") from error
    if worker.unconsumed_tail:
        raise UnreadableFileError(f"{path}.gz is larger than is read when it is unpacked")
    if not worker.eof:
        raise UnreadableFileError(f"{path}.gz is cut")
    return plain


class Inside:
    """The files below one folder of others: of an archive that was made of a folder."""

    def __init__(self, files: Files, folder: str) -> None:
        self._files = files
        self._folder = folder
        self.cut = files.cut

    def paths(self) -> Iterator[tuple[str, ...]]:
        for parts in self._files.paths():
            if parts[0] == self._folder and len(parts) > 1:
                yield parts[1:]

    def read(self, path: str) -> bytes | None:
        return self._files.read(f"{self._folder}/{path}")
