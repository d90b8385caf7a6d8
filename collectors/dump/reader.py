"""What each reader of somebody's dump offers: parts by target and artefact, found by content."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from collectors.artifacts import Artefact
from collectors.dump.files import Files
from ovntrace.model.capture import Capture, Missing, Target

NAMELESS = "node"  # the node of databases that do not say whose they are


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a dump as `--inspect` shows it. `size` is in bytes as the files have it (packed
    files: packed); None where it is not known. `whole` is False for a database of which some rows
    may be elsewhere: then nothing can be judged by it."""

    target: Target
    artefact: str
    paths: tuple[str, ...]
    size: int | None = None
    whole: bool = True


class Reader(Protocol):
    """One layout, found in one dump. Nothing is raised for what stands in the files."""

    @property
    def name(self) -> str:
        """What a person calls such a dump."""
        ...

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes of which it has something."""
        ...

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """The artefact, or why it can't be had; None if this reader knows nothing of it."""
        ...

    def parts(self) -> Iterable[Part]:
        """What it would find, without reading more than it has to."""
        ...


class Probe(Protocol):
    """`probe` of a reader's module."""

    def __call__(self, files: Files) -> Reader | None:
        """The reader of these files; None if they are nothing that it reads."""
        ...
