"""What `doctor` asks of nodes, over any way in that runs commands there.

A node's clock is asked first: who does not answer that is asked nothing else, so that a dead node
costs one timeout and is one line.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from collectors.artifacts import (
    BY_NAME,
    NB_TABLES,
    NEEDED_TABLES,
    OVS_TABLES,
    SB_TABLES,
    Artefact,
)
from collectors.base import Collector
from collectors.gather import Limits, Progress, Want, stream
from collectors.ovsdb.columns import NEEDED_COLUMNS
from collectors.parse.tables import parse_tables
from ovntrace.doctor.clocks import reading, told_by_date
from ovntrace.doctor.schemas import Schema, schema_checks, schema_of
from ovntrace.doctor.types import Check, CheckState, Reading, Topic, Version
from ovntrace.doctor.versions import tool_version
from ovntrace.model.capture import Capture, Missing, Reason, Target

Say = Callable[[str], None]
Result = Capture | Missing

DATABASES: Final = {"nb": "northbound", "sb": "southbound", "ovs": "Open vSwitch"}
TABLES: Final = {"nb": NB_TABLES, "sb": SB_TABLES, "ovs": OVS_TABLES}
_CLOCK: Final = "node-clock"
_ROOTS: Final = {"nb-root": "NB_Global", "sb-root": "SB_Global", "ovs-root": "Open_vSwitch"}
# One that fails is told by the root's own check.
_SCHEMAS: Final = tuple(f"{database}-schema" for database in DATABASES)
_TOOLS: Final = {"ovn-tools": "OVN tools", "ovs-tools": "OVS tools"}
ROWS: Final = (*_ROOTS, "ovs-vswitchd", "node-netns", *_SCHEMAS, *_TOOLS)
_LIMITS: Final = Limits(8, most=32, per_node=4)
# The program ran, or is the only thing that is not there: whoever told that was reached.
_REACHED: Final = (Reason.ABSENT, Reason.UNSUPPORTED)


@dataclass(slots=True)
class Found:
    """What was found out until now."""

    checks: list[Check] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    clocks: list[Reading] = field(default_factory=list)


def check_nodes(
    collector: Collector, nodes: Sequence[str], timeout_s: float, say: Say, *, reach: str
) -> Found:
    """All nodes side by side. `reach` is what a person calls running a command there."""
    found = Found()
    results: dict[str, dict[str, Result]] = {}

    def take(want: Want, result: Result) -> Iterable[Want]:
        node, name = want[0].node, want[1].name
        results.setdefault(node, {})[name] = result
        if name != _CLOCK or not _was_reached(result):
            return ()
        return [(want[0], BY_NAME[row]) for row in ROWS]

    def tell(step: Progress) -> None:
        say(f"{step.done}/{step.total} asked; {step.artefact} of {step.target}: {step.state}")

    clocks = [(Target(node=node), BY_NAME[_CLOCK]) for node in nodes]
    stream(collector, clocks, take, timeout_s=timeout_s, limits=_LIMITS, progress=tell)
    for node in nodes:
        _judge(node, results[node], reach, found)
    return found


def check_rows(
    collector: Collector, node: str, rows: Sequence[str], timeout_s: float, say: Say
) -> Found:
    """Some rows of one node, which is known to be reached."""
    found = Found()

    def take(want: Want, result: Result) -> Iterable[Want]:
        _row(node, want[1], result, found)
        return ()

    def tell(step: Progress) -> None:
        say(f"{step.done}/{step.total} asked; {step.artefact}: {step.state}")

    wants = [(Target(node=node), BY_NAME[row]) for row in rows]
    stream(collector, wants, take, timeout_s=timeout_s, limits=_LIMITS, progress=tell)
    return found


def schema_found(node: str, database: str, schema: Schema, found: Found) -> None:
    """What is to be said of a database's schema."""
    if schema.version:
        found.versions.append(Version(node, f"{DATABASES[database]} schema", schema.version))
    found.checks += schema_checks(
        node,
        DATABASES[database],
        schema,
        tables=TABLES[database],
        columns=NEEDED_COLUMNS,
        needed=NEEDED_TABLES,
    )


def failed(topic: Topic, what: str, missing: Missing, *, needed: bool = True) -> Check:
    """The check of what could not be had."""
    is_absent = missing.reason in _REACHED
    return Check(
        topic,
        what,
        CheckState.MISSING if is_absent else CheckState.FAILED,
        node=missing.target.node,
        detail=missing.detail,
        hint=missing.hint,
        needed=needed,
    )


def _was_reached(clock: Result) -> bool:
    if isinstance(clock, Capture) or clock.reason in _REACHED:
        return True
    return clock.detail.startswith("date: exit code")


def _judge(node: str, results: dict[str, Result], reach: str, found: Found) -> None:
    clock = results.pop(_CLOCK)
    if isinstance(clock, Missing) and not _was_reached(clock):
        found.checks.append(failed(Topic.WAY, reach, clock))
        return
    found.checks.append(
        Check(Topic.WAY, reach, CheckState.OK, node=node, detail=f"{reach}: {clock.origin}")
    )
    _clock(node, clock, found)
    for name in ROWS:
        is_dead = isinstance(results.get(name.replace("-schema", "-root")), Missing)
        if not (name in _SCHEMAS and is_dead):
            _row(node, BY_NAME[name], results[name], found)


def _clock(node: str, clock: Result, found: Found) -> None:
    told = None
    if isinstance(clock, Capture):
        told = told_by_date(clock.data.decode("utf-8", "replace"))
    if told is None or isinstance(clock, Missing) or clock.taken_at is None:
        detail = clock.detail if isinstance(clock, Missing) else "date printed no time"
        check = Check(
            Topic.CLOCKS, "clock", CheckState.NOT_ASKED, node=node, detail=detail, needed=False
        )
        found.checks.append(check)
        return
    found.clocks.append(
        reading(
            node,
            node,
            told=told[0],
            precision_s=told[1],
            asked_at=clock.taken_at,
            seconds=clock.seconds,
        )
    )


def _row(node: str, row: Artefact, result: Result, found: Found) -> None:
    if row.name in _ROOTS:
        _root(node, row.name, result, found)
    elif row.name == "ovs-vswitchd":
        found.checks.append(_vswitchd(node, result))
    elif row.name == "node-netns":
        _links(node, result, found)
    elif row.name in _SCHEMAS:
        _schema(node, row.name.removesuffix("-schema"), result, found)
    elif isinstance(result, Capture):
        version = tool_version(result.data.decode("utf-8", "replace"))
        if version is not None:
            found.versions.append(Version(node, _TOOLS[row.name], version))


def _root(node: str, name: str, result: Result, found: Found) -> None:
    """A database: the tool is there, may be run, and its server answers."""
    what = DATABASES[name.removesuffix("-root")]
    if isinstance(result, Missing):
        found.checks.append(failed(Topic.DATABASES, what, result))
        return
    table = _ROOTS[name]
    database, bad = parse_tables(result.data, (table,))
    if bad:
        found.checks.append(
            Check(Topic.DATABASES, what, CheckState.FAILED, node=node, detail=bad[0].detail)
        )
        return
    detail = f"answers: {result.origin}"
    found.checks.append(Check(Topic.DATABASES, what, CheckState.OK, node=node, detail=detail))
    for row in database.table(table):
        version = row.text("ovs_version") if name == "ovs-root" else None
        northd = row.map("options").get("northd_internal_version") if name == "nb-root" else None
        if version:
            found.versions.append(Version(node, "ovs-vswitchd", version))
        if northd:
            found.versions.append(Version(node, "ovn-northd", northd.partition("-")[0]))


def _vswitchd(node: str, result: Result) -> Check:
    if isinstance(result, Missing):
        return failed(Topic.DAEMONS, "ovs-vswitchd", result)
    if result.exit_code == 0:
        detail = f"serves br-int: {result.origin}"
        return Check(Topic.DAEMONS, "ovs-vswitchd", CheckState.OK, node=node, detail=detail)
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    return Check(
        Topic.DAEMONS,
        "ovs-vswitchd",
        CheckState.FAILED,
        node=node,
        detail=lines[-1][:300] if lines else "it does not answer for br-int",
        hint="is it running, and br-int there? systemctl status ovs-vswitchd; ovs-vsctl list-br",
    )


def _links(node: str, result: Result, found: Found) -> None:
    if isinstance(result, Missing):
        found.checks.append(failed(Topic.TOOLS, "ip -j", result, needed=False))
        return
    detail = f"prints JSON: {result.origin}"
    found.checks.append(
        Check(Topic.TOOLS, "ip -j", CheckState.OK, node=node, detail=detail, needed=False)
    )


def _schema(node: str, database: str, result: Result, found: Found) -> None:
    schema = schema_of(result.data) if isinstance(result, Capture) else None
    if schema is not None:
        schema_found(node, database, schema, found)
        return
    detail = result.detail if isinstance(result, Missing) else "no schema was printed"
    found.checks.append(
        Check(
            Topic.SCHEMAS,
            f"{DATABASES[database]} schema",
            CheckState.NOT_ASKED,
            node=node,
            detail=detail,
            needed=False,
        )
    )
