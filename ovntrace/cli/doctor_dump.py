"""`doctor`: a dump. What is in it, what is missing, when it was taken, versions, clocks."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collectors.artifacts import BY_NAME, NB_TABLES, OVS_TABLES
from collectors.dump import Dump
from collectors.gather import Want, stream
from collectors.ovsdbfile import is_database_file, read_database_file
from collectors.parse.tables import parse_tables
from ovntrace.cli.doctor_nodes import DATABASES, Found, Say, schema_found
from ovntrace.cli.inspect_dump import view_of
from ovntrace.doctor.clocks import judged
from ovntrace.doctor.schemas import Schema
from ovntrace.doctor.types import Check, CheckState, Reading, Topic, Version, WayChecked, in_order
from ovntrace.doctor.versions import compared
from ovntrace.model.capture import Capture, Missing, Target

if TYPE_CHECKING:
    from ovntrace.model.rows import Database
    from ovntrace.view.inspect import InspectView, Question

KIND: Final = "dump"
_COLLECTOR: Final = "the machine that collected"
_AGAIN: Final = "ovntrace dump collects it"
# What is asked of a pod is asked of any cluster; VMs are not everywhere.
_ASKED_OF_ALL: Final = ("pod", "all")


def checked(paths: Sequence[Path], timeout_s: float, say: Say) -> WayChecked:
    """Raises WrongQuestionError or NoAnswerError for what is no dump."""
    dump = Dump(paths)
    try:
        view = view_of(dump)
        found = Found()
        gaps = _gaps(dump)
        told = {(check.node, check.what) for check in gaps}
        found.checks += [*_head(dump, view), *gaps, *_lacking(view, told)]
        found.checks += [_question(one) for one in view.questions if one.command != "policy"]
        _read(dump, timeout_s, say, found)
    finally:
        dump.close()
    checks = (*found.checks, *compared(found.versions), *judged(found.clocks, ours=_COLLECTOR))
    return WayChecked(
        KIND,
        dump.place,
        in_order(checks),
        versions=tuple(found.versions),
        clocks=tuple(found.clocks),
    )


# --- what it says of itself -----------------------------------------------------------------------


def _head(dump: Dump, view: "InspectView") -> list[Check]:
    readers = ", ".join(view.readers)
    checks = [
        Check(Topic.WAY, "read as", CheckState.OK, value=readers, detail=f"read as {readers}")
    ]
    manifest = dump.manifest
    if manifest.created_at:
        end = f" to {manifest.finished_at}" if manifest.finished_at else ""
        value = f"{manifest.created_at}{end}"
        checks.append(
            Check(Topic.WAY, "taken", CheckState.OK, value=value, detail=f"taken {value}")
        )
    else:
        detail = "nothing in it says when it was taken"
        checks.append(Check(Topic.WAY, "taken", CheckState.NOT_ASKED, detail=detail, needed=False))
    if not manifest.complete:
        detail = "the collection was stopped before its end"
        checks.append(Check(Topic.WAY, "complete", CheckState.FAILED, detail=detail, hint=_AGAIN))
    if view.cut:
        checks.append(Check(Topic.WAY, "whole", CheckState.FAILED, detail=view.cut))
    if view.partial:
        detail = "objects of some namespaces only: others' pods are known by their ports"
        checks.append(
            Check(
                Topic.CONTENTS,
                "objects",
                CheckState.MISSING,
                detail=detail,
                hint=_AGAIN,
                needed=False,
            )
        )
    return checks


def _gaps(dump: Dump) -> list[Check]:
    """What could not be collected, and why, as its manifest says."""
    manifest = dump.manifest
    checks = []
    for key in sorted(manifest.gaps):
        missing = manifest.missing[key]
        target = missing.target
        pod = f" of {target.namespace}/{target.pod}" if target.pod else ""
        checks.append(
            Check(
                Topic.CONTENTS,
                f"{missing.artefact}{pod}",
                CheckState.FAILED,
                node=target.node,
                detail=f"could not be collected ({missing.reason}): {missing.detail}",
                hint=missing.hint,
                needed=missing.reason.changes_exit_code and not target.pod,
            )
        )
    return checks


def _lacking(view: "InspectView", told: set[tuple[str, str]]) -> Iterable[Check]:
    for place in view.places:
        node = place.name if place.kind == "node" else ""
        for name in place.missing:
            if place.kind == "pod" or (node, name) in told:
                continue
            yield Check(
                Topic.CONTENTS,
                name,
                CheckState.MISSING,
                node=node,
                detail=f"not in it: {BY_NAME[name].why}",
                hint=_AGAIN,
                needed=name == "nb",
            )


def _question(one: "Question") -> Check:
    of = "" if one.workload == "all" else f" of a {one.workload.replace('vm', 'VM')}"
    what = f"{one.command}{of}"
    lacks = ", ".join(one.lacks)
    if one.answer == "yes":
        return Check(Topic.CONTENTS, what, CheckState.OK, detail="can be asked")
    if one.answer == "partly":
        on = f"on {', '.join(one.nodes)} only" if len(one.nodes) and not lacks else ""
        detail = "; ".join(word for word in (on, f"without {lacks}" if lacks else "") if word)
        return Check(
            Topic.CONTENTS, what, CheckState.OK, value="in part", detail=detail, needed=False
        )
    needed = one.workload in _ASKED_OF_ALL
    return Check(
        Topic.CONTENTS, what, CheckState.MISSING, detail=f"needs {lacks}", hint=_AGAIN,
        needed=needed,
    )  # fmt: skip


# --- what its databases say -----------------------------------------------------------------------


def _read(dump: Dump, timeout_s: float, say: Say, found: Found) -> None:
    """Versions, schemas and times of all nodes; no database is held longer than that takes."""

    def take(want: Want, result: Capture | Missing) -> Iterable[Want]:
        if isinstance(result, Capture):
            say(f"reading {want[1].name} of {want[0]}")
            _database(want[0].node, want[1].name, result, found)
        return ()

    wants = [(Target(node=node), BY_NAME[name]) for name in ("ovs", "nb") for node in dump.nodes()]
    stream(dump, wants, take, timeout_s=timeout_s, parallel=2)


def _database(node: str, name: str, result: Capture, found: Found) -> None:
    tables = NB_TABLES if name == "nb" else OVS_TABLES
    if is_database_file(result.data):
        contents = read_database_file(result.data, tables[:1])
        # A file leaves out ephemeral columns, of which the northbound tables that count have none.
        if contents.schema_name and name == "nb":
            schema = Schema(contents.schema_name, contents.schema_version, contents.columns)
            schema_found(node, name, schema, found)
        _clock(node, result, contents.date_ms, found)
        database = contents.database
    else:
        database, _ = parse_tables(result.data, tables)
    found.versions += _versions(node, database)


def _versions(node: str, database: "Database") -> Iterable[Version]:
    for row in database.table("Open_vSwitch"):
        version = row.text("ovs_version")
        if version:
            yield Version(node, "ovs-vswitchd", version)
        schema = row.text("db_version")
        if schema:
            yield Version(node, f"{DATABASES['ovs']} schema", schema)
    for row in database.table("NB_Global"):
        northd = row.map("options").get("northd_internal_version")
        if northd:
            yield Version(node, "ovn-northd", northd.partition("-")[0])


def _clock(node: str, result: Capture, date_ms: int | None, found: Found) -> None:
    """The last transaction was before the file was read: a clock that says otherwise is ahead by
    so much at least. How far it is at most, nothing tells."""
    if result.taken_at is None or date_ms is None:
        return
    low = date_ms / 1000 - (result.taken_at + result.seconds)
    found.clocks.append(Reading(node, node, low, math.inf))
