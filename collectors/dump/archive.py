"""The members of a tar archive, in one pass, and whether its end was reached."""

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from collectors.dump import limits as bounds
from collectors.dump.limits import Limits
from collectors.dump.unpacking import damage, unpacked

if TYPE_CHECKING:
    import tarfile

# Name, size, and a stream of it (to be read before the next member); no stream: a link, a device,
# a folder. Those count for the limits only.
Member = tuple[str, int, IO[bytes] | None]

_BLOCK = 512
_MAX_HEADER = 1 << 20  # a name, or the headers of one member; real ones have a few hundred bytes


class Members:
    """After the last one `cut` says why not all could be read, or is empty.

    tarfile takes the end of a cut archive for its end; that is looked at here.
    """

    def __init__(self, packed: IO[bytes], limits: Limits) -> None:
        self.cut = ""
        self._packed = packed
        self._limits = limits

    def __iter__(self) -> Iterator[Member]:
        import tarfile  # 20 ms that only an archive should cost

        broken = damage()
        try:
            stream: Any = _Tail(unpacked(self._packed), self._limits.unpacked_bytes)
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_bounded_headers()) as tar:
                yield from self._members(tar)
            self.cut = self.cut or stream.trouble()
        except _TooLargeError:
            self.cut = f"the archive is larger than is read ({bounds.UNPACKED_BYTES} raises that)"
        except broken as error:
            self.cut = f"the archive is damaged or cut: {' '.join(str(error).split())}"

    def _members(self, tar: "tarfile.TarFile") -> Iterator[Member]:
        entries = total = 0
        while (member := tar.next()) is not None:
            entries += 1
            total += max(0, member.size)
            # Before tarfile skips it: it would skip exabytes, block by block.
            if total > self._limits.unpacked_bytes:
                raise _TooLargeError
            if entries > self._limits.entries:
                most = self._limits.entries
                self.cut = f"more than {most} entries ({bounds.ENTRIES} raises that)"
                return
            if member.isreg() and not member.issparse():
                yield member.name, member.size, tar.extractfile(member)
            else:
                yield "", max(0, member.size), None
            remembered: list[Any] = vars(tar)["members"]
            remembered.clear()  # tarfile keeps every member, which we need no more
        if _is_more(tar.fileobj):
            # tarfile takes a damaged header for the end.
            self.cut = self.cut or "the archive is damaged: what follows a member is no member"


def _is_more(stream: Any) -> bool:
    """True if anything but zeros follows. Reads to the end, where a packed file has a checksum."""
    more = False
    while data := stream.read(1 << 16):
        more = more or bool(data.strip(b"\0"))
    return more


def is_tar(block: bytes) -> bool:
    """True if a file whose plain bytes begin so is an archive."""
    import tarfile

    if len(block) < _BLOCK:
        return False
    try:
        tarfile.TarInfo.frombuf(block[:_BLOCK], "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return False
    return True


class _TooLargeError(Exception):
    """More is unpacked than may be."""


class _Tail:
    """Hands on what is read and remembers its last bytes: an archive ends with blocks of zeros."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self._tail = b""
        self._left = most

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise _TooLargeError
        if data:
            self._tail = (self._tail + data[-_BLOCK:])[-_BLOCK:]
        return data

    def trouble(self) -> str:
        """Why what was read to its end is no whole archive, or empty."""
        return "" if self._tail == bytes(_BLOCK) else "the archive is cut: it has no end"


def _bounded_headers() -> "type[tarfile.TarInfo]":
    """tarfile takes a long name, and the extra headers of a member, into memory whole."""
    import tarfile

    headers = (
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
    )

    class Bounded(tarfile.TarInfo):
        def _proc_member(self, tar: tarfile.TarFile) -> Any:
            if self.type in headers and self.size > _MAX_HEADER:
                raise tarfile.ReadError("a member's header is longer than is read")
            return super()._proc_member(tar)  # type: ignore[misc]

    return Bounded
