"""Archives that stand in a dump, one level deep."""

from collections.abc import Iterable, Iterator
from typing import IO

from collectors.dump.files import Files, Parts
from collectors.dump.limits import Limits
from collectors.dump.wanted import is_dump_archive, is_inner_archive

_MOST = 50  # archives in one dump


def with_inner_archives(files: Files, limits: Limits) -> Files:
    """The same with what its archives of databases hold, below each archive's own path."""
    found = [parts for parts in files.paths() if is_inner_archive(parts)][:_MOST]
    return WithInner(files, found, limits) if found else files


def archives_beside(files: Files, limits: Limits) -> Iterator[Files]:
    """Archives that may be dumps of their own."""
    found = [parts for parts in files.paths() if is_dump_archive(parts)][:_MOST]
    for parts in found:
        inner = _opened(files, "/".join(parts), limits)
        if inner is not None:
            yield with_inner_archives(inner, limits)


class WithInner:
    """Files, and those of the archives among them."""

    def __init__(self, files: Files, archives: list[Parts], limits: Limits) -> None:
        self._files = files
        self._inner: dict[str, Files] = {}
        for parts in archives:
            path = "/".join(parts)
            inner = _opened(files, path, limits)
            if inner is not None:
                self._inner[path] = inner

    @property
    def place(self) -> str:
        return self._files.place

    @property
    def cut(self) -> str:
        cuts = (f"{path}: {files.cut}" for path, files in self._inner.items() if files.cut)
        return self._files.cut or next(cuts, "")

    def paths(self) -> Iterable[Parts]:
        yield from self._files.paths()
        for path, files in self._inner.items():
            start = tuple(path.split("/"))
            for parts in files.paths():
                yield (*start, *parts)

    def size(self, path: str) -> int | None:
        files, own = self._of(path)
        return files.size(own)

    def head(self, path: str) -> bytes:
        files, own = self._of(path)
        return files.head(own)

    def read(self, path: str) -> bytes | None:
        files, own = self._of(path)
        return files.read(own)

    def open(self, path: str) -> IO[bytes] | None:
        files, own = self._of(path)
        return files.open(own)

    def _of(self, path: str) -> tuple[Files, str]:
        for archive, files in self._inner.items():
            if path.startswith(f"{archive}/"):
                return files, path[len(archive) + 1 :]
        return self._files, path


def _opened(files: Files, path: str, limits: Limits) -> Files | None:
    from collectors.dump.archived import read_archive

    packed = files.open(path)
    if packed is None:
        return None
    try:
        return read_archive(packed, f"{files.place}/{path}", limits)
    finally:
        packed.close()
