"""What a collector brings: the bytes of one artefact, or the reason why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why an artefact is missing."""

    ABSENT = "absent"  # the place was read and does not have it (no such file, no such tool)
    DENIED = "denied"  # refused: RBAC, permissions, credentials
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"  # no connection, process gone, socket closed
    UNSUPPORTED = "unsupported"  # this way in can't see it at all
    TRUNCATED = "truncated"  # began and was cut
    UNPARSABLE = "unparsable"

    @property
    def changes_exit_code(self) -> bool:
        """True if the way in should have seen it and could not."""
        return self not in (Reason.ABSENT, Reason.UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class Target:
    """Where an artefact is asked for.

    `node` alone: the node. With `namespace` and `pod`: the pod's network namespace, reached
    through `container` (exec) or `netns` (the name under /run/netns on the node).
    All empty: the cluster's API.
    """

    node: str = ""
    namespace: str = ""
    pod: str = ""
    container: str = ""
    netns: str = ""

    def __str__(self) -> str:
        if self.pod:
            return f"{self.namespace}/{self.pod}"
        return self.node or "cluster"


@dataclass(frozen=True, slots=True)
class Capture:
    """One artefact as it came."""

    target: Target
    artefact: str
    data: bytes
    origin: str  # the command as a person would type it, or the file
    taken_at: float | None = None  # seconds since the epoch; None if the place does not say
    seconds: float = 0.0
    exit_code: int = 0
    stderr: str = ""
    argv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """An artefact that could not be had. Expected trouble is returned, never raised."""

    target: Target
    artefact: str
    reason: Reason
    detail: str
    hint: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of the answer that is not there, as the reader sees it."""

    node: str
    artefact: str
    reason: str
    detail: str
    hint: str = ""

    @staticmethod
    def of(missing: Missing) -> "Gap":
        """The gap that a missing artefact leaves."""
        place = missing.target
        name = missing.artefact
        if place.pod:
            name = f"{missing.artefact} of {place.namespace}/{place.pod}"
        return Gap(place.node, name, str(missing.reason), missing.detail, missing.hint)


def unique_gaps(gaps: Sequence[Gap]) -> tuple[Gap, ...]:
    """The same gaps in the same order, each once."""
    return tuple(dict.fromkeys(gaps))
