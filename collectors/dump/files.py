"""The files of a dump by their paths, in a folder or an archive or alone: only regular files, only
inside, bounded."""

import os
import stat
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from collectors.dump import limits as bounds
from collectors.dump.limits import Limits
from collectors.dump.spool import Spool
from collectors.dump.unpacking import gzip_start
from collectors.dump.wanted import HEAD

Parts = tuple[str, ...]


class UnreadableFileError(Exception):
    """A file of a dump that is there and can't be read; the message says which and why."""


class Files(Protocol):
    """Relative paths with / to bytes."""

    @property
    def place(self) -> str:
        """The path that a person gave."""
        ...

    @property
    def cut(self) -> str:
        """Why not everything could be read, or empty."""
        ...

    def paths(self) -> Iterable[Parts]:
        """The parts of each path, sorted."""
        ...

    def size(self, path: str) -> int | None:
        """A file's bytes as it stands there; None if that is not known."""
        ...

    def head(self, path: str) -> bytes:
        """How a file begins, unpacked if it is packed with gzip; empty if it can't be read."""
        ...

    def read(self, path: str) -> bytes | None:
        """A file's bytes, unpacked if it stands there as .gz; None if there is no such file.

        Raises UnreadableFileError."""
        ...

    def open(self, path: str) -> IO[bytes] | None:
        """A file as it stands there, to be read in pieces and closed; None if there is none."""
        ...


class FolderFiles:
    """A folder. Symbolic links are followed only to places inside it."""

    def __init__(self, root: Path, limits: Limits) -> None:
        self.place = str(root)
        self.cut = ""
        self._root = root.resolve()
        self._limits = limits
        self._paths: tuple[Parts, ...] | None = None

    def paths(self) -> Iterable[Parts]:
        if self._paths is None:
            self._paths = tuple(self._walk())
        return self._paths

    def size(self, path: str) -> int | None:
        try:
            return (self._root / path).lstat().st_size
        except (OSError, ValueError):
            return None

    def head(self, path: str) -> bytes:
        try:
            return plain_head(self._read(self._root / path, path, HEAD) or b"")
        except UnreadableFileError:
            return b""

    def read(self, path: str) -> bytes | None:
        if not is_inside(path.split("/")):
            return None
        plain = self._read(self._root / path, path)
        if plain is not None:
            return plain
        packed = self._read(self._root / f"{path}.gz", path)
        return None if packed is None else unpack(packed, f"{path}.gz", self._limits.file_bytes)

    def open(self, path: str) -> IO[bytes] | None:
        file = self._root / path
        try:
            inside = file.resolve(strict=True).is_relative_to(self._root)
            return open_regular(file.resolve(), path) if inside else None
        except (OSError, RuntimeError, ValueError, UnreadableFileError):
            return None

    def _walk(self) -> Iterator[Parts]:
        seen = 0
        for folder, subfolders, names in os.walk(self._root):
            relative = Path(folder).relative_to(self._root).parts
            subfolders.sort()
            for name in sorted(names):
                seen += 1
                if seen > self._limits.entries:
                    most = self._limits.entries
                    self.cut = f"more than {most} files ({bounds.ENTRIES} raises that)"
                    return
                parts = (*relative, name)
                if is_inside(parts):
                    yield parts

    def _read(self, file: Path, path: str, most: int | None = None) -> bytes | None:
        try:
            real = file.resolve(strict=True)
            if not real.is_relative_to(self._root):
                raise UnreadableFileError(f"{path} is a link that leads out of the dump")
            return read_regular(real, path, self._limits.file_bytes, most)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links
            said = error.strerror if isinstance(error, OSError) else "a loop of links"
            raise UnreadableFileError(f"{path}: {said}") from error


class ArchiveFiles:
    """What is kept of an archive, and what is not and why. Nothing was extracted under a name."""

    def __init__(self, place: str, limits: Limits) -> None:
        self.place = place
        self.cut = ""
        self.spool = Spool(limits.kept_bytes)
        self.unreadable: dict[str, str] = {}
        self._limits = limits

    def paths(self) -> Iterable[Parts]:
        return [tuple(name.split("/")) for name in self.spool.names()]

    def size(self, path: str) -> int | None:
        return self.spool.size(path)

    def head(self, path: str) -> bytes:
        return plain_head(self.spool.read(path, HEAD) or b"")

    def read(self, path: str) -> bytes | None:
        for name in (path, f"{path}.gz"):
            if name in self.unreadable:
                raise UnreadableFileError(self.unreadable[name])
            data = self.spool.read(name)
            if data is not None:
                most = self._limits.file_bytes
                return data if name == path else unpack(data, name, most)
        return None

    def open(self, path: str) -> IO[bytes] | None:
        stream: Any = self.spool.stream(path)
        found: IO[bytes] | None = stream
        return found


class OneFile:
    """A file alone, under its own name."""

    def __init__(self, file: Path, limits: Limits) -> None:
        self.place = str(file)
        self.cut = ""
        self._file = file
        self._limits = limits
        self._name = file.name if is_inside((file.name,)) else "file"

    def paths(self) -> Iterable[Parts]:
        return ((self._name,),)

    def size(self, path: str) -> int | None:
        return self._file.stat().st_size if path == self._name else None

    def head(self, path: str) -> bytes:
        return plain_head(self._read(path, HEAD) or b"")

    def read(self, path: str) -> bytes | None:
        return self._read(path, None)

    def open(self, path: str) -> IO[bytes] | None:
        return self._file.open("rb") if path == self._name else None

    def _read(self, path: str, most: int | None) -> bytes | None:
        if path != self._name:
            return None
        return read_regular(self._file.resolve(), path, self._limits.file_bytes, most)


class Inside:
    """The files below one folder of others: of an archive that was made of a folder."""

    def __init__(self, files: Files, folder: str) -> None:
        self._files = files
        self._folder = folder
        self._start = tuple(folder.split("/"))

    @property
    def place(self) -> str:
        return self._files.place

    @property
    def cut(self) -> str:
        return self._files.cut

    def paths(self) -> Iterable[Parts]:
        depth = len(self._start)
        for parts in self._files.paths():
            if parts[:depth] == self._start and len(parts) > depth:
                yield parts[depth:]

    def size(self, path: str) -> int | None:
        return self._files.size(f"{self._folder}/{path}")

    def head(self, path: str) -> bytes:
        return self._files.head(f"{self._folder}/{path}")

    def read(self, path: str) -> bytes | None:
        return self._files.read(f"{self._folder}/{path}")

    def open(self, path: str) -> IO[bytes] | None:
        return self._files.open(f"{self._folder}/{path}")


def read_regular(file: Path, path: str, limit: int, most: int | None) -> bytes:
    """The bytes of a regular file, or its first `most`. Raises UnreadableFileError for another kind
    of file and one that is larger than `limit`; OSError."""
    with open_regular(file, path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if most is not None:
            return stream.read(most)
        if size > limit:
            raise UnreadableFileError(too_large(path, size))
        return stream.read(limit)


def open_regular(file: Path, path: str) -> IO[bytes]:
    """A regular file. Raises UnreadableFileError for another kind of file; OSError."""
    # A fifo or a device would block or never end.
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    stream = os.fdopen(descriptor, "rb")
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return stream
    stream.close()
    raise UnreadableFileError(f"{path} is no regular file")


def too_large(path: str, size: int) -> str:
    """Why a file is not read."""
    return f"{path} has {size} bytes, more than is read ({bounds.FILE_BYTES} raises that)"


def unpack(data: bytes, path: str, most: int) -> bytes:
    """The bytes of a gzip file. Raises UnreadableFileError if it is damaged, cut or too large."""
    parts: list[bytes] = []
    while data:
        worker = zlib.decompressobj(wbits=31)
        try:
            parts.append(worker.decompress(data, max(1, most)))
        except zlib.error as error:
            raise UnreadableFileError(f"{path}: {error}") from error
        most -= len(parts[-1])
        if worker.unconsumed_tail or most < 0:
            raise UnreadableFileError(
                f"{path} is larger than is read when it is unpacked"
                f" ({bounds.FILE_BYTES} raises that)"
            )
        if not worker.eof:
            break
        data = worker.unused_data.lstrip(b"\0")  # gzip files may follow one another
        if not data:
            return b"".join(parts)
    raise UnreadableFileError(f"{path} is cut")


def plain_head(data: bytes) -> bytes:
    """How a file's content begins, by its own first bytes."""
    return gzip_start(data, HEAD) if data.startswith(b"\x1f\x8b") else data


def is_inside(parts: Sequence[str]) -> bool:
    """True if no part leads elsewhere, or would act upon a terminal."""
    return all(
        part not in ("", ".", "..")
        and "/" not in part
        and "\\" not in part
        and part.isprintable()
        and len(part) < 256
        for part in parts
    )
