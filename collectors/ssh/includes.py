"""Include of ssh_config(5), which paramiko does not know: the text with what it includes."""

import glob
import os
import re
import shlex
from pathlib import Path

_DEEPEST = 16  # as OpenSSH has it
_MOST_BYTES = 4 << 20
_INCLUDE = re.compile(r"\s*include(?:\s*=\s*|\s+)(?P<what>.*?)\s*", re.IGNORECASE)
_HEADER = re.compile(r"\s*(?:host|match)[\s=]", re.IGNORECASE)


def text_of(file: Path, depth: int = 0) -> str:
    """The file's text. After what was included, its own `Host` or `Match` goes on.

    Raises OSError, and ValueError for a file that includes itself, is no text or has no end.
    """
    if depth > _DEEPEST:
        raise ValueError(f"{file}: too many files include each other")
    with file.open("rb") as opened:
        data = opened.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"{file}: too large")
    lines: list[str] = []
    header = "Host *"
    for line in data.decode("utf-8").splitlines():
        found = _INCLUDE.fullmatch(line)
        if found is None:
            header = line if _HEADER.match(line) else header
            lines.append(line)
            continue
        lines += [text_of(one, depth + 1) for one in _files(found.group("what"), file)]
        lines.append(header)
    return "\n".join(lines)


def expanded(word: str) -> str:
    """The path with ~ and ~USER as whole names; as it is where there is no such user."""
    return os.path.expanduser(word)  # noqa: PTH111 - pathlib's raises for an unknown user


def _files(what: str, includer: Path) -> list[Path]:
    """Whole names, as they sort; a relative one is of the folder where such files usually are."""
    found: list[Path] = []
    system = Path("/etc/ssh")
    folder = system if includer.is_relative_to(system) else Path(expanded("~/.ssh"))
    for pattern in shlex.split(what):
        names = sorted(glob.glob(str(folder / expanded(pattern))))  # noqa: PTH207 - whole names
        found += [path for path in map(Path, names) if path.is_file()]
    return found
