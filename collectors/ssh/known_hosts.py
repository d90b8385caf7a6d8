"""Host keys that are known: the files of OpenSSH, as sshd(8) describes them.

Read here, since paramiko's own reader knows neither patterns nor what was revoked.
"""

import base64
import binascii
import fnmatch
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# A file of a large company has some ten thousand lines.
_MOST_BYTES = 64 << 20

Standing = Literal["known", "unknown", "changed", "revoked"]


@dataclass(frozen=True, slots=True)
class HostKey:
    """A line of such a file. `place` is FILE:LINE."""

    place: str
    marker: str  # "", @revoked or @cert-authority
    hosts: str
    kind: str
    blob: bytes


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the files say of a key; `place` is the line that decides."""

    standing: Standing
    place: str = ""


class KnownHosts:
    """All lines of some files. A file that is not there has none."""

    def __init__(self, files: Sequence[str]) -> None:
        """Raises OSError for a file that is there and can't be read."""
        self.files = tuple(files)
        self._lines = tuple(line for file in files for line in _lines_of(Path(file)))

    def kinds(self, names: Sequence[str]) -> tuple[str, ...]:
        """Kinds of keys that are known of the host, for the server to choose one of them."""
        return tuple(dict.fromkeys(line.kind for line in self._of(names) if not line.marker))

    def judge(self, names: Sequence[str], kind: str, blob: bytes) -> Judgement:
        """`names` are those of the host, the one that counts most first. A key that stands under
        a later name is known, but another one there is no sign of a change."""
        for line in self._lines:
            is_it = line.marker == "@revoked" and line.blob == blob
            if is_it and any(_is_of(line.hosts, name) for name in names):
                return Judgement("revoked", line.place)
        for line in self._of(names):
            if not line.marker and (line.kind, line.blob) == (kind, blob):
                return Judgement("known", line.place)
        other = next((line for line in self._of(names[:1]) if not line.marker), None)
        return Judgement("unknown") if other is None else Judgement("changed", other.place)

    def _of(self, names: Sequence[str]) -> Iterator[HostKey]:
        return (line for line in self._lines if any(_is_of(line.hosts, name) for name in names))


def fingerprint(blob: bytes) -> str:
    """As ssh-keygen -l prints it."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode()
    return f"SHA256:{digest.rstrip('=')}"


def names_of(host: str, port: int) -> tuple[str, ...]:
    """Under which names a host stands in the files: with its port if that is not 22."""
    return (host.lower(),) if port == 22 else (f"[{host.lower()}]:{port}", host.lower())


def _lines_of(file: Path) -> Iterator[HostKey]:
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        marker = words.pop(0) if words[0].startswith("@") else ""
        if len(words) < 3:
            continue
        try:
            blob = base64.b64decode(words[2], validate=True)
        except (binascii.Error, ValueError):
            continue
        yield HostKey(f"{file}:{number}", marker, words[0], words[1], blob)


def _is_of(hosts: str, name: str) -> bool:
    if hosts.startswith("|1|"):
        return _is_hashed(hosts, name)
    found = False
    for pattern in hosts.split(","):
        if _matches(pattern.removeprefix("!").lower(), name):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _matches(pattern: str, name: str) -> bool:
    # Brackets stand for themselves there, and are a set to fnmatch.
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def _is_hashed(hosts: str, name: str) -> bool:
    _, _, salt, digest = (*hosts.split("|"), "", "", "")[:4]
    try:
        key, wanted = base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(key, name.encode(), hashlib.sha1).digest(), wanted)
