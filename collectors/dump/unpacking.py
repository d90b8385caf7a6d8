"""Packed streams, by their first bytes: gzip, bzip2, xz, and zstd where Python has it."""

import zlib
from typing import IO, Any

_CHUNK = 1 << 16
# `xz -9` needs 65 MiB. A header can ask for gigabytes.
_XZ_MEMORY = 256 << 20
_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"


class PackedError(Exception):
    """A packed stream that can't be read here; the message says why."""


def is_packed(magic: bytes) -> bool:
    """True if a file that begins so is one of these."""
    return magic.startswith((_GZIP, _BZIP2, _XZ, _ZSTD))


def unpacked(packed: IO[bytes]) -> IO[bytes]:
    """The plain stream of a packed one; a plain one as it is. It ends with `packed`.

    Raises PackedError if this Python has no zstd.
    """
    start = packed.tell()
    magic = packed.read(6)
    packed.seek(start)
    opened: Any = packed
    if magic.startswith(_GZIP):
        import gzip

        opened = gzip.GzipFile(fileobj=packed)
    elif magic.startswith(_BZIP2):
        import bz2

        opened = bz2.BZ2File(packed)
    elif magic.startswith(_XZ):
        opened = _Xz(packed)
    elif magic.startswith(_ZSTD):
        opened = _zstd(packed)
    result: IO[bytes] = opened
    return result


def _zstd(packed: IO[bytes]) -> Any:
    from importlib import import_module

    try:
        zstd = import_module("compression.zstd")
    except ImportError as error:
        raise PackedError("zstd is read by Python 3.14 and later: unpack it first") from error
    return zstd.ZstdFile(packed)


class _Xz:
    """lzma.LZMAFile with a limit on memory."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._worker = self._fresh()
        self._waiting = b""

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end."""
        parts: list[bytes] = []
        wanted = size if size >= 0 else 1 << 62
        while wanted > 0:
            data = self._some(wanted)
            if not data:
                break
            parts.append(data)
            wanted -= len(data)
        return b"".join(parts)

    def _some(self, most: int) -> bytes:
        while True:
            if self._worker.eof:
                # Streams may follow one another, with zeros between them.
                rest = (self._worker.unused_data or self._packed.read(_CHUNK)).lstrip(b"\0")
                if not rest:
                    return b""
                self._worker, self._waiting = self._fresh(), rest
            if self._worker.needs_input and not self._waiting:
                self._waiting = self._packed.read(_CHUNK)
                if not self._waiting:
                    raise EOFError("the xz stream has no end")
            data: bytes = self._worker.decompress(self._waiting, max_length=min(most, _CHUNK))
            self._waiting = b""
            if data:
                return data

    @staticmethod
    def _fresh() -> Any:
        import lzma

        return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


def damage() -> tuple[type[Exception], ...]:
    """What these readers and tarfile raise for a stranger's bytes."""
    import lzma
    import tarfile

    return (
        PackedError,
        tarfile.TarError,
        lzma.LZMAError,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        RecursionError,
        MemoryError,
        OverflowError,
    )


def gzip_start(data: bytes, most: int) -> bytes:
    """The first bytes of what a gzip file holds, by its own first bytes; empty if it is none."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data, most)
    except zlib.error:
        return b""
