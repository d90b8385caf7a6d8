"""The protocol of a collector: one way to reach a place where artefacts are."""

from collections.abc import Sequence
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
