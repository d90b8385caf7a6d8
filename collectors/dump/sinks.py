"""Where the files of a dump go while it is written: a folder or a .tar.gz, under a name beside the
final one, which it gets when it is whole."""

import contextlib
import io
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Protocol

from collectors.dump.layout import ARCHIVE_FOLDER
from ovntrace.errors import WrongQuestionError

ARCHIVE_SUFFIXES = (".tar.gz", ".tgz")
_LEVEL = 6  # gzip's own; 9 takes three times as long for 1 % less


class Sink(Protocol):
    """Takes files one after the other. Raises OSError where the disk does not take them."""

    def write(self, name: str, data: bytes) -> None:
        """One file; `name` is a relative path of safe parts."""
        ...

    def finish(self) -> None:
        """Give it its final name. Raises WrongQuestionError if somebody else took that."""
        ...

    def discard(self) -> None:
        """Remove what was written."""
        ...


def is_archive(path: Path) -> bool:
    """True if a path of that name is to be a .tar.gz."""
    return path.name.endswith(ARCHIVE_SUFFIXES)


def sink_for(path: Path) -> Sink:
    """A sink of the kind that the name says. Raises OSError."""
    return ArchiveSink(path) if is_archive(path) else FolderSink(path)


class FolderSink:
    """A folder, for its owner only."""

    def __init__(self, final: Path) -> None:
        self._final = final
        self._draft = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))

    def write(self, name: str, data: bytes) -> None:
        file = self._draft / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(data)

    def finish(self) -> None:
        if os.path.lexists(self._final):  # rename would replace an empty folder
            raise _taken(self._final)
        self._draft.rename(self._final)

    def discard(self) -> None:
        shutil.rmtree(self._draft, ignore_errors=True)


class ArchiveSink:
    """A .tar.gz, written from its begin to its end."""

    def __init__(self, final: Path) -> None:
        import tarfile  # 20 ms that only an archive should cost

        self._new_member = tarfile.TarInfo
        self._final = final
        descriptor, name = tempfile.mkstemp(prefix=f".{final.name}.", dir=final.parent)
        self._draft = Path(name)
        self._stream = os.fdopen(descriptor, "wb")
        self._tar = tarfile.open(  # noqa: SIM115 - it is closed by finish or discard
            fileobj=self._stream, mode="w:gz", compresslevel=_LEVEL, format=tarfile.PAX_FORMAT
        )

    def write(self, name: str, data: bytes) -> None:
        member = self._new_member(f"{ARCHIVE_FOLDER}/{name}")
        member.size, member.mode, member.mtime = len(data), 0o600, int(time.time())
        self._tar.addfile(member, io.BytesIO(data))

    def finish(self) -> None:
        self._tar.close()
        self._stream.close()
        try:
            # Unlike rename it replaces nothing.
            os.link(self._draft, self._final)
        except FileExistsError:
            raise _taken(self._final) from None
        except OSError:  # a file system without hard links
            if os.path.lexists(self._final):
                raise _taken(self._final) from None
            self._draft.rename(self._final)
        else:
            self._draft.unlink()

    def discard(self) -> None:
        # What can't be flushed to a full disk is dropped anyway.
        for close in (self._tar.close, self._stream.close):
            with contextlib.suppress(OSError):
                close()
        self._draft.unlink(missing_ok=True)


def _taken(path: Path) -> WrongQuestionError:
    return WrongQuestionError("there is something already", place=str(path))
