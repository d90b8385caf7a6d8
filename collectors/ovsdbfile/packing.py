"""Files that gzip packed, unpacked within a limit."""

import zlib
from typing import Final

from collectors.ovsdbfile.trouble import Trouble

MAGIC: Final = b"\x1f\x8b"
LIMIT: Final = 512 << 20  # bytes
_STEP: Final = 1 << 20
_WITH_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS


def is_packed(data: bytes) -> bool:
    """True if it begins as a gzip file does (RFC 1952)."""
    return data.startswith(MAGIC)


def unpacked(data: bytes, limit: int = LIMIT) -> tuple[bytes, Trouble | None]:
    """As much of it as can be unpacked and `limit` allows, and why there is no more."""
    done = bytearray()
    left = data
    while left.startswith(MAGIC):
        member = zlib.decompressobj(_WITH_GZIP_HEADER)
        while not member.eof:
            room = limit - len(done)
            if room <= 0:
                text = f"unpacked, it is larger than the {limit:,} bytes that are allowed"
                return bytes(done), Trouble(text, truncated=True)
            try:
                piece = member.decompress(left, min(room, _STEP))
            except zlib.error as error:
                text = f"the packed data is damaged: {error}"
                return bytes(done), Trouble(text, truncated=False)
            left = member.unconsumed_tail
            done += piece
            if not piece and not left and not member.eof:
                return bytes(done), Trouble("the packed data ends early", truncated=True)
        left = member.unused_data
    return bytes(done), None


def beginning(data: bytes, n_bytes: int) -> bytes:
    """The first `n_bytes` of it, unpacked; fewer if there are not as many."""
    if not is_packed(data):
        return data[:n_bytes]
    try:
        return zlib.decompressobj(_WITH_GZIP_HEADER).decompress(data[:65536], n_bytes)
    except zlib.error:
        return b""
