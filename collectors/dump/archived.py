"""An archive, read once: what a reader may want is kept, the rest is passed over."""

from typing import IO

from collectors.dump import limits as bounds
from collectors.dump.archive import Members
from collectors.dump.files import ArchiveFiles, is_inside, too_large
from collectors.dump.limits import Limits
from collectors.dump.spool import FullError
from collectors.dump.unpacking import damage
from collectors.dump.wanted import HEAD, is_wanted


def read_archive(packed: IO[bytes], place: str, limits: Limits) -> ArchiveFiles:
    """The files of a tar archive, packed or not. Links, devices, sparse files and names that lead
    elsewhere are not there for us."""
    files = ArchiveFiles(place, limits)
    members = Members(packed, limits)
    for name, size, stream in members:
        parts = _parts(name)
        if stream is None or parts is None:
            continue
        path = "/".join(parts)
        try:
            head = stream.read(min(HEAD, size))
            if not is_wanted(parts, head):
                continue
            if size > limits.file_bytes:
                files.unreadable[path] = too_large(path, size)
            else:
                files.spool.put(path, head, stream)
        except FullError:
            files.cut = f"the archive is larger than is read ({bounds.KEPT_BYTES} raises that)"
            return files
        except damage():
            files.cut = f"the archive is cut in {path}"
            return files
    files.cut = members.cut
    return files


def _parts(name: str) -> tuple[str, ...] | None:
    if name.startswith("/"):
        return None
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    return parts if parts and is_inside(parts) else None
