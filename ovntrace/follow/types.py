"""What is told of a change. JSON names are these names (docs/follow.md)."""

from collections.abc import Mapping
from dataclasses import dataclass

from ovntrace.view.types import AclView, Fact

# The words of `change`.
CAME, WENT, CHANGED = "came", "went", "changed"


@dataclass(frozen=True, slots=True)
class ViewChange:
    """One thing of a workload's view that is not as it was.

    `what` is state, place, attachment, fact, hop, port-group, acl, policy, finding, migration or
    gap. `name` is what it is called there, `hop` the kind of the hop that it is of; both and
    `interface` are empty where they mean nothing. `old` and `new` are of what has changed, or of a
    hop that came or went its state.
    """

    what: str
    change: str  # came | went | changed
    name: str
    interface: str = ""
    hop: str = ""
    old: Fact = None
    new: Fact = None
    detail: str = ""
    acl: AclView | None = None


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row of a database that came, went or changed. `columns` are those that differ, each with
    (old, new) as the database writes them; all columns of a row that came or went are left out."""

    node: str
    database: str  # nb
    table: str
    uuid: str
    name: str | None
    change: str  # came | went | changed
    columns: Mapping[str, tuple[Fact, Fact]]


@dataclass(frozen=True, slots=True)
class Cause:
    """Which rows turned a verdict. `certainty` is `proven` where without that one row's change the
    answer is the old one again, `consistent` where that was not to be shown of a single row: then
    the rows are all that changed. `why` says in words what else there is to say."""

    certainty: str
    rows: tuple[RowChange, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A flow's verdict and its reply's, in words of docs/json.md. `reply` is None where there is
    none, `decided_by` where no ACL decides."""

    verdict: str
    reason: str
    decided_by: AclView | None
    reply: str | None
    reply_reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is told of what is followed.

    `event` is start (the first answer), change (of a workload), flip (of a flow's verdict), gone
    (what was asked about can't be found or read any more), back, lost (a database tells no changes
    now) or met (it does again). `at` is seconds since the epoch. `old` and `new` are of each
    direction that was asked for, `cause` of a flip.
    """

    event: str
    at: float
    detail: str = ""
    changes: tuple[ViewChange, ...] = ()
    old: tuple[Verdicts, ...] = ()
    new: tuple[Verdicts, ...] = ()
    cause: Cause | None = None
