"""Files of an archive, kept in one unnamed temporary file: on disk, and gone with the process."""

import os
from typing import IO

_CHUNK = 1 << 16


class FullError(Exception):
    """More would be kept than may be."""


class Spool:
    """Bytes by name. What is read is bounded by what was put in."""

    def __init__(self, most: int) -> None:
        import tempfile  # 5 ms that a folder need not pay

        # Unbuffered: it is read by place while it is written.
        self._file = tempfile.TemporaryFile(  # noqa: SIM115 - closed with us
            prefix="ovntrace-", buffering=0
        )
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self._most = most

    def put(self, name: str, start: bytes, stream: IO[bytes]) -> None:
        """Keep `start` and all that follows in the stream. Raises FullError at the limit, and what
        the stream raises; then nothing of it is kept. The first of several of a name counts."""
        if name in self._places:
            return
        at, size = self._end, 0
        data = start
        self._file.seek(at)
        while data:
            size += len(data)
            if at + size > self._most:
                raise FullError
            self._file.write(data)
            data = stream.read(_CHUNK)
        self._end = at + size
        self._places[name] = (at, size)

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._places)

    def size(self, name: str) -> int | None:
        """The bytes of that file; None if there is none."""
        place = self._places.get(name)
        return None if place is None else place[1]

    def read(self, name: str, most: int | None = None) -> bytes | None:
        """The file's bytes, or its first `most`; None if there is none."""
        place = self._places.get(name)
        if place is None:
            return None
        at, size = place
        wanted = size if most is None else min(size, most)
        return self.chunk(at, wanted)

    def stream(self, name: str) -> "Region | None":
        """The file as a stream; None if there is none."""
        place = self._places.get(name)
        return None if place is None else Region(self, *place)

    def chunk(self, at: int, size: int) -> bytes:
        """Bytes by their place in the temporary file."""
        data = os.pread(self._file.fileno(), size, at)
        while len(data) < size:  # one call gives at most 2 GiB
            more = os.pread(self._file.fileno(), size - len(data), at + len(data))
            if not more:
                break
            data += more
        return data


class Region:
    """A part of the temporary file as a stream, as the unpackers want one."""

    def __init__(self, spool: Spool, at: int, size: int) -> None:
        self._spool, self._start, self._size = spool, at, size
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        left = self._size - self._at
        data = self._spool.chunk(self._start + self._at, left if size < 0 else min(size, left))
        self._at += len(data)
        return data

    def tell(self) -> int:
        """The place in the part."""
        return self._at

    def seek(self, at: int, whence: int = 0) -> int:
        """To a place in the part."""
        origin = {0: 0, 1: self._at, 2: self._size}[whence]
        self._at = min(max(0, origin + at), self._size)
        return self._at

    def close(self) -> None:
        """The temporary file stays."""
