"""The members of a tar archive, in one pass, and whether its end was reached."""

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tarfile

# Name, size, and how to read it (once, before the next member; None if it is damaged).
Member = tuple[str, int, Callable[[], bytes | None]]

_BLOCK = 512


class Members:
    """Regular files. After the last one `cut` says why not all could be read, or is empty.

    tarfile takes the end of a cut archive for its end; that is looked at here.
    """

    def __init__(self, archive: Path) -> None:
        self.cut = ""
        self._archive = archive

    def __iter__(self) -> Iterator[Member]:
        import tarfile  # 20 ms that only an archive should cost

        try:
            with self._archive.open("rb") as packed:
                stream: Any = _Tail(_unpacked(packed))
                with tarfile.open(fileobj=stream, mode="r|") as tar:
                    for member in tar:
                        if member.isreg() and not member.issparse():
                            yield member.name, member.size, _Reading(self, tar, member)
                        else:
                            yield "", max(0, member.size), _nothing  # only for the limits
                self.cut = self.cut or stream.trouble()
        except _damage() as error:
            self.cut = f"the archive is damaged or cut: {error}"


def _nothing() -> None:
    """A link, a device, a folder: not there for us."""


class _Reading:
    """Reads one member when asked."""

    def __init__(self, members: Members, tar: "tarfile.TarFile", member: "tarfile.TarInfo") -> None:
        self._members, self._tar, self._member = members, tar, member

    def __call__(self) -> bytes | None:
        try:
            stream = self._tar.extractfile(self._member)
            data = b"" if stream is None else stream.read()
        except _damage():
            data = b""
        if len(data) == self._member.size:
            return data
        self._members.cut = f"the archive is cut in {self._member.name}"
        return None


class _Tail:
    """Hands on what is read and remembers its last bytes: an archive ends with blocks of zeros."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        if data:
            self._tail = (self._tail + data)[-_BLOCK:]
        return data

    def trouble(self) -> str:
        """Read to the end, where a packed file has its checksum."""
        while self.read(1 << 16):
            pass
        return "" if self._tail == bytes(_BLOCK) else "the archive is cut: it has no end"


def _unpacked(packed: IO[bytes]) -> IO[bytes]:
    magic = packed.read(6)
    packed.seek(0)
    opened: Any = packed
    if magic.startswith(b"\x1f\x8b"):
        import gzip

        opened = gzip.GzipFile(fileobj=packed)
    elif magic.startswith(b"BZh"):
        import bz2

        opened = bz2.BZ2File(packed)
    elif magic == b"\xfd7zXZ\x00":
        import lzma

        opened = lzma.LZMAFile(packed)  # noqa: SIM115 - it ends with `packed`
    result: IO[bytes] = opened
    return result


def _damage() -> tuple[type[Exception], ...]:
    """What the readers raise for a stranger's bytes."""
    import lzma
    import tarfile

    return (tarfile.TarError, lzma.LZMAError, zlib.error, OSError, EOFError, ValueError)
