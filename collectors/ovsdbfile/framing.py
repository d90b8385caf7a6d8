"""The records of an OVSDB file: header lines with length and SHA-1, and what they frame.

`OVSDB <MAGIC> <length> <sha1 of the body>` and a newline, then the body, which is JSON and a
newline (ovsdb(5), File Format). MAGIC is JSON in a standalone file and CLUSTER in a clustered one.
"""

import re
from collections.abc import Iterator
from hashlib import sha1
from typing import Final, NamedTuple

from collectors.ovsdbfile.trouble import Trouble

STANDALONE: Final = "JSON"
CLUSTERED: Final = "CLUSTER"
_HEADER: Final = re.compile(rb"OVSDB (JSON|CLUSTER) ([0-9]{1,12}) ([0-9a-f]{40})\n")
_LONGEST_HEADER: Final = len(b"OVSDB CLUSTER  \n") + 12 + 40
_HALF_HEADER: Final = re.compile(rb"[0-9]{0,12}(?: [0-9a-f]{0,40})?")


class Record(NamedTuple):
    """A whole record: its number (from 1), the offset of its header, and where its body is."""

    number: int
    offset: int
    start: int
    end: int


def magic_of(data: bytes) -> str | None:
    """`JSON` or `CLUSTER`, by how the (unpacked) data begins; None if it is no OVSDB file."""
    for magic in (STANDALONE, CLUSTERED):
        if data.startswith(f"OVSDB {magic} ".encode()):
            return magic
    return None


def records_of(data: bytes, magic: str) -> Iterator[Record | Trouble]:
    """Every whole record, in order; at the end a Trouble if that is not the end of the file."""
    view = memoryview(data)
    number, offset, size = 1, 0, len(data)
    wanted = magic.encode()
    while offset < size:
        header = _HEADER.match(data, offset, offset + _LONGEST_HEADER)
        if header is None or header[1] != wanted:
            yield _no_header(data, number, offset)
            return
        start = header.end()
        end = start + int(header[2])
        if end > size:
            text = (
                f"record {number} at byte {offset} is cut: {size - start} of its "
                f"{end - start} bytes are there"
            )
            yield Trouble(text, True, number, offset)
            return
        if sha1(view[start:end]).hexdigest().encode() != header[3]:
            text = f"record {number} at byte {offset}: its checksum is wrong"
            yield Trouble(text, False, number, offset)
            return
        yield Record(number, offset, start, end)
        number, offset = number + 1, end


def _no_header(data: bytes, number: int, offset: int) -> Trouble:
    rest = data[offset : offset + _LONGEST_HEADER + 1]
    if _begins_header(rest):
        text = f"record {number} at byte {offset} is cut in its header"
        return Trouble(text, True, number, offset)
    text = f"record {number} at byte {offset}: there is no record's header"
    return Trouble(text, False, number, offset)


def _begins_header(rest: bytes) -> bool:
    """True for what a header begins with, if that is all there is of it."""
    for magic in (STANDALONE, CLUSTERED):
        start = f"OVSDB {magic} ".encode()
        if start.startswith(rest):
            return True
        if rest.startswith(start):
            return _HALF_HEADER.fullmatch(rest, len(start)) is not None
    return False
