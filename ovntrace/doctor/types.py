"""The answer of `ovntrace doctor`: for each way in what works, what is missing, how to get it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ovntrace.errors import ExitCode


class CheckState(StrEnum):
    """What became of a check."""

    OK = "ok"
    DIFFERS = "differs"  # it works, and is another than elsewhere: a version, a clock
    MISSING = "missing"  # it is not there
    FAILED = "failed"  # it is there, and refused or does not answer
    NOT_ASKED = "not asked"


class Topic(StrEnum):
    """What a check is about, in the order in which they are told."""

    WAY = "way"  # does it lead anywhere
    RIGHTS = "rights"
    TOOLS = "tools"
    DATABASES = "databases"
    DAEMONS = "daemons"
    VERSIONS = "versions"
    SCHEMAS = "schemas"
    CLOCKS = "clocks"
    CONTENTS = "contents"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `node` is empty for what is of no node.

    `value` is what it is in a word or two (a version, a user), empty if there is none. `detail`
    says it in one line, `hint` how to get it: what to do, or a command to paste. Without what is
    not `needed` ovntrace works, and says less.
    """

    topic: Topic
    what: str
    state: CheckState
    node: str = ""
    value: str = ""
    detail: str = ""
    hint: str = ""
    needed: bool = True

    @property
    def is_trouble(self) -> bool:
        """True if ovntrace needs it and does not have it."""
        return self.needed and self.state in (CheckState.MISSING, CheckState.FAILED)


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock against ours: it is at least `low` and at most `high` seconds ahead (negative:
    behind). `node` is empty for one that is of no node; `name` is what a person calls it."""

    node: str
    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Version:
    """What runs on a node (empty: for all), in which version."""

    node: str
    what: str
    version: str


@dataclass(frozen=True, slots=True)
class WayChecked:
    """A way in. `place` is the server, host or path. `at_hand` is False for one that nobody asked
    for and that this machine does not have."""

    kind: str  # kube | local | ssh | ovsdb | dump
    place: str
    checks: tuple[Check, ...]
    at_hand: bool = True
    versions: tuple[Version, ...] = ()
    clocks: tuple[Reading, ...] = ()

    @property
    def troubles(self) -> tuple[Check, ...]:
        """What ovntrace needs and does not have."""
        return tuple(check for check in self.checks if check.is_trouble)


@dataclass(frozen=True, slots=True)
class DoctorView:
    """All ways that were looked at, in order. `taken_at` is ISO 8601, UTC."""

    taken_at: str
    ways: tuple[WayChecked, ...]

    @property
    def exit_code(self) -> ExitCode:
        """3 if something needed is missing on a way that is at hand, or no way is; else 0."""
        at_hand = [way for way in self.ways if way.at_hand]
        if not at_hand or any(way.troubles for way in at_hand):
            return ExitCode.NO_ANSWER
        return ExitCode.OK


def in_order(checks: Iterable[Check]) -> tuple[Check, ...]:
    """By node, those of no node first; then by topic."""
    topics = list(Topic)
    return tuple(sorted(checks, key=lambda one: (one.node, topics.index(one.topic))))
