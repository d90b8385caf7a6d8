"""A path that a person gave becomes the readers of what is there, or one clear line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from collectors.dump.files import Files, FolderFiles, OneFile, UnreadableFileError
from collectors.dump.inner import archives_beside, with_inner_archives
from collectors.dump.layout import KUBE, holds_artefact
from collectors.dump.limits import Limits
from collectors.dump.reader import Reader
from collectors.dump.readers import own
from collectors.dump.unpacking import damage, is_packed, unpacked
from collectors.dump.wanted import is_database
from ovntrace.errors import NoAnswerError, WrongQuestionError


@dataclass(frozen=True, slots=True)
class Opened:
    """Who reads what is at a path, each with its rank (less is more faithful). `cut` says why not
    everything could be read, or is empty."""

    cut: str
    readers: tuple[tuple[int, Reader], ...]


def open_dump(path: Path) -> Opened:
    """What is at `path`: a folder, an archive or one file.

    Raises WrongQuestionError if there is no dump, NoAnswerError if there is one of which nothing
    can be read.
    """
    place = str(path)
    try:
        is_folder = path.is_dir()
        if not is_folder and not path.is_file():
            what = "is no folder and no file" if path.exists() else "does not exist"
            raise WrongQuestionError(f"the dump {what}", place=place)
        limits = Limits()
        files = FolderFiles(path, limits) if is_folder else _of_file(path, limits)
        beside = list(archives_beside(files, limits))
        every = [with_inner_archives(files, limits), *beside]
        readers = tuple(found for one in every for found in _readers(one))
    except UnreadableFileError as error:
        raise NoAnswerError(f"can't read the dump: {error}", place=place) from error
    except OSError as error:
        raise NoAnswerError(f"can't read the dump: {error.strerror}", place=place) from error
    cut = next((one.cut for one in every if one.cut), "")
    if not readers:
        raise _no_dump(path, cut)
    return Opened(cut, readers)


def _readers(files: Files) -> Iterator[tuple[int, Reader]]:
    ours = own.probe(files)
    if ours is not None:
        yield 0, ours
        if not _has_more(files):
            return  # the other readers cost time to import
    from collectors.dump.readers.order import PROBES

    for rank, probe in enumerate(PROBES[1:], 1):
        reader = probe(files)
        if reader is not None:
            yield rank, reader


def _has_more(files: Files) -> bool:
    """True if there is anything that is no part of a dump of ours."""
    return any(
        not holds_artefact(parts)
        and KUBE not in parts[:2]
        and not (len(parts) > 1 and holds_artefact(parts[1:]))
        for parts in files.paths()
    )


def _of_file(path: Path, limits: Limits) -> Files:
    """An archive, or a file alone: by how it begins."""
    with path.open("rb") as stream:
        magic = stream.read(512)
        stream.seek(0)
        try:
            plain = unpacked(stream).read(512) if is_packed(magic) else magic
        except damage():
            plain = b""  # the archive's reader will say what is wrong
        if plain and (is_database(plain) or not _is_tar(plain)):
            return OneFile(path, limits)
        from collectors.dump.archived import read_archive

        stream.seek(0)
        return read_archive(stream, str(path), limits)


def _is_tar(plain: bytes) -> bool:
    from collectors.dump.archive import is_tar

    return is_tar(plain)


def _no_dump(path: Path, cut: str) -> Exception:
    place = str(path)
    if cut:
        return NoAnswerError(f"no dump could be read: {cut}", place=place)
    hint = "docs/dumps.md has what is read"
    return WrongQuestionError("there is no dump", place=place, hint=hint)
