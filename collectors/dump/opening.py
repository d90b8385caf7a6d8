"""A path that a person gave becomes the files of a dump, or one clear line."""

import os
from itertools import islice
from pathlib import Path

from collectors.dump.files import Files, FolderFiles, Inside, TarFiles
from collectors.dump.layout import holds_artefact
from ovntrace.errors import NoAnswerError, WrongQuestionError

_MAX_FOLDERS = 1000


def open_files(path: Path) -> Files:
    """The files of the dump at `path`: a folder, an archive, or what holds one such folder.

    Raises WrongQuestionError if there is no dump, NoAnswerError if there is one of which nothing
    can be read.
    """
    place = str(path)
    try:
        is_folder = path.is_dir()
        if not is_folder and not path.is_file():
            what = "is no folder and no file" if path.exists() else "does not exist"
            raise WrongQuestionError(f"the dump {what}", place=place)
        return _of_folder(path) if is_folder else _of_archive(path)
    except OSError as error:
        raise NoAnswerError(f"can't read the dump: {error.strerror}", place=place) from error


def _of_folder(path: Path) -> Files:
    files = FolderFiles(path)
    if any(map(holds_artefact, files.paths())):
        return files
    with os.scandir(path) as entries:
        folders = sorted(e.name for e in islice(entries, _MAX_FOLDERS) if e.is_dir())
    dumps = [name for name in folders if any(map(holds_artefact, FolderFiles(path / name).paths()))]
    if len(dumps) == 1:
        return FolderFiles(path / dumps[0])
    raise _no_dump(path, dumps, files.cut)


def _of_archive(path: Path) -> Files:
    # tarfile says "can't read" of both; a file that we may not read is another matter.
    with path.open("rb"):
        pass
    files = TarFiles(path)
    paths = list(files.paths())
    if any(map(holds_artefact, paths)):
        return files
    folders = sorted({parts[0] for parts in paths})
    if len(folders) == 1:
        return Inside(files, folders[0])
    raise _no_dump(path, folders, files.cut)


def _no_dump(path: Path, dumps: list[str], cut: str) -> Exception:
    place = str(path)
    if dumps:
        return WrongQuestionError(
            "there are several dumps", place=place, hint="name one", candidates=dumps
        )
    if cut:
        return NoAnswerError(f"no dump could be read: {cut}", place=place)
    hint = "a dump has kube/*.json, or a folder per node with nbctl, sbctl, ovs"
    if any((path / name).is_dir() for name in ("nbctl", "sbctl", "ovs")):
        hint = f"it looks like the folder of one node: try {path.parent}"
    return WrongQuestionError("there is no dump", place=place, hint=hint)
