"""The protocol of a collector: one way to reach a place where artefacts are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from collectors.artifacts import Artefact
from ovntrace.model.capture import Capture, Missing, Target


class Collector(Protocol):
    """A way in. Expected trouble comes back as Missing; only a wrong question is raised.

    `kind` is the word in `source.kind` (kube, local, ssh, ovsdb, dump), `place` what a person would
    call the place (a server's URL, a host name, a path).
    """

    @property
    def kind(self) -> str:
        """The word in `source.kind`."""
        ...

    @property
    def place(self) -> str:
        """What a person would call the place."""
        ...

    def can_run(self) -> str | None:
        """Why this way in can't be used, in one line; None if it can."""
        ...

    def nodes(self) -> Sequence[str] | Missing:
        """Names of the nodes whose artefacts can be asked for."""
        ...

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        """One artefact, within `timeout_s` seconds. Safe to call from several threads.

        An artefact that is a probe comes as a Capture also when its exit code is not 0: that the
        daemon did not answer is what was asked for. A Missing means that nobody could ask.
        """
        ...

    def close(self) -> None:
        """Give back connections; kill what still runs. May be called at any time."""
        ...


@runtime_checkable
class HasDatabaseFiles(Protocol):
    """A way in that can also read the files of the database servers."""

    def database_files(self, artefact: str) -> Sequence[str]:
        """Paths where the file of `nb` or `sb` may be, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Lost:
    """A database (nb, sb or ovs) that tells no changes now, and why. `node` may be empty."""

    database: str
    node: str
    place: str
    detail: str


class Changes(Protocol):
    """What is followed."""

    def wait(self, timeout_s: float) -> bool:
        """True as soon as something has changed since the last time, False after `timeout_s`."""
        ...

    def lost(self) -> Sequence[Lost]:
        """What is not followed now: what is fetched of it is as it was last seen."""
        ...


@runtime_checkable
class TellsChanges(Protocol):
    """A way in that is told of changes, and need not ask again and again."""

    def follow(self) -> Changes:
        """From now on what is fetched is followed."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """A way in that reads some things once for several questions."""

    def forget(self) -> None:
        """What was read is old: the next question reads it anew."""
        ...
