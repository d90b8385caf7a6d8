"""`doctor`: this machine. Programs, sockets, rights, the servers behind the sockets."""

from functools import partial
from pathlib import Path
from typing import Final, NoReturn

from collectors.artifacts import ARTEFACTS, Where
from collectors.container_rows import CONTAINER_ROWS, ENTRY_ROWS
from collectors.local import Local
from collectors.local_rights import may_enter_namespaces
from collectors.ovsdb.examination import ServerSeen, examine
from collectors.ovsdb.remote import SCHEMAS, Remote
from collectors.tool_failure import Failure, tool_of
from ovntrace.cli.doctor_nodes import DATABASES, Found, Say, check_rows, schema_found
from ovntrace.cli.doctor_together import together
from ovntrace.doctor.schemas import schema_of
from ovntrace.doctor.types import Check, CheckState, Topic, WayChecked, in_order
from ovntrace.doctor.versions import compared
from ovntrace.model.capture import Reason

KIND: Final = "local"
_BY_TOOL: Final = {"ovn-nbctl": "nb", "ovn-sbctl": "sb", "ovs-vsctl": "ovs"}
# Without these there is an answer: what they are for, by the row that runs them.
_OPTIONAL: Final = {
    "ip": "links of pods and of the node",
    "ovn-trace": "trace --confirm",
    "ovs-appctl": "trace --confirm",
    "timeout": "trace --confirm, dump",
    "gzip": "dump",
    "cat": "dump",
    "ovsdb-client": "doctor, by other ways in",
    "date": "doctor, by other ways in",
}
# Debian's package, and that of Fedora and its kin.
_PACKAGES: Final = {
    "ovn-nbctl": ("ovn-common", "ovn"),
    "ovn-sbctl": ("ovn-common", "ovn"),
    "ovn-trace": ("ovn-common", "ovn"),
    "ovs-vsctl": ("openvswitch-switch", "openvswitch"),
    "ovs-ofctl": ("openvswitch-common", "openvswitch"),
    "ovs-appctl": ("openvswitch-common", "openvswitch"),
    "ovsdb-client": ("openvswitch-common", "openvswitch"),
    "ip": ("iproute2", "iproute"),
}


def checked(timeout_s: float, say: Say, *, is_asked: bool) -> WayChecked:
    """This machine; at hand if it was chosen by an option, or has a socket of OVN or OVS."""
    local = Local()
    try:
        there = any(path is not None and path.exists() for _, path in local.sockets())
        if not (there or is_asked):
            detail = "no socket of OVN or Open vSwitch is here"
            hint = "run ovntrace on a node, or give --ssh [USER@]HOST"
            check = Check(Topic.WAY, "node", CheckState.MISSING, detail=detail, hint=hint)
            return WayChecked(KIND, local.place, (check,), at_hand=False)
        found = Found()
        say("looking for programs and sockets")
        [node] = local.nodes()
        found.checks += _programs(local, node)
        found.checks.append(_namespaces(node))
        rows = _databases(local, node, timeout_s, found)
        asked = check_rows(local, node, rows, timeout_s, say)
        checks = (*found.checks, *asked.checks)
        versions = (*found.versions, *asked.versions)
        return WayChecked(
            KIND, local.place, in_order((*checks, *compared(versions))), versions=versions
        )
    finally:
        local.close()


# --- programs and rights --------------------------------------------------------------------------


def _programs(local: Local, node: str) -> list[Check]:
    """Each program of the table that this way in runs."""
    rows = [row for row in ARTEFACTS if row.where is Where.NODE]
    rows = [row for row in rows if row not in (*CONTAINER_ROWS, *ENTRY_ROWS)]
    wrappers = {row.argv[0] for row in rows}
    tools = dict.fromkeys((*(tool_of(row.argv) for row in rows), *sorted(wrappers)))
    return [_program(local, node, tool) for tool in tools]


def _program(local: Local, node: str, tool: str) -> Check:
    path, use = local.program(tool), _OPTIONAL.get(tool)
    needed = use is None
    if path is not None:
        return Check(Topic.TOOLS, tool, CheckState.OK, node=node, detail=path, needed=needed)
    debian, fedora = _PACKAGES.get(tool, ("coreutils", "coreutils"))
    return Check(
        Topic.TOOLS,
        tool,
        CheckState.MISSING,
        node=node,
        detail=f"no {tool} in PATH" + (f": it is for {use}" if use else ""),
        hint=f"apt install {debian}, dnf install {fedora}; or where the node has it in containers "
        "only: --ssh, or the API",
        needed=needed,
    )


def _namespaces(node: str) -> Check:
    what = "network namespaces"
    if may_enter_namespaces():
        detail = "may be entered"
        return Check(Topic.RIGHTS, what, CheckState.OK, node=node, detail=detail, needed=False)
    return Check(
        Topic.RIGHTS,
        what,
        CheckState.FAILED,
        node=node,
        detail="not root, and without CAP_SYS_ADMIN: pods' network namespaces can't be entered",
        hint="sudo ovntrace …",
        needed=False,
    )


# --- databases ------------------------------------------------------------------------------------


def _databases(local: Local, node: str, timeout_s: float, found: Found) -> list[str]:
    """What the sockets say; the rows that are still to be asked by the tools."""
    sockets = [(_BY_TOOL[tool], tool, path) for tool, path in local.sockets()]
    seen = together([partial(_seen, name, path, timeout_s) for name, _, path in sockets])
    rows = []
    for (database, tool, path), answer in zip(sockets, seen, strict=True):
        if isinstance(answer, Failure):
            hint = _other_place(local, tool, path) or answer.hint
            found.checks.append(_socket_check(node, database, answer, hint))
            continue
        schema = schema_of(answer.schema) if answer is not None else None
        if schema is not None:
            schema_found(node, database, schema, found)
        if local.program(tool) is not None:
            rows.append(f"{database}-root")
    rows += ["ovs-vswitchd"] if local.program("ovs-ofctl") else []
    rows += ["node-netns"] if local.program("ip") else []
    return rows + [
        row
        for row, tool in (("ovn-tools", "ovn-nbctl"), ("ovs-tools", "ovs-vsctl"))
        if local.program(tool)
    ]


def _seen(database: str, path: Path | None, timeout_s: float) -> ServerSeen | Failure | None:
    """The server behind a socket; None where the environment names one that is no file."""
    if path is None:
        return None
    if not path.exists():
        return Failure(Reason.ABSENT, f"no {path}", "is its ovsdb-server running?")
    seen = examine(Remote("unix", str(path)), database, _no_tls, timeout_s)
    if isinstance(seen, Failure):
        return Failure(seen.reason, f"{path}: {seen.detail}", seen.hint)
    if seen.schema is None:
        others = ", ".join(seen.databases) or "no database"
        return Failure(Reason.UNREACHABLE, f"{path} has no {SCHEMAS[database]}, but {others}")
    return seen


def _no_tls() -> NoReturn:
    raise AssertionError("a Unix socket needs no TLS")


def _socket_check(node: str, database: str, failure: Failure, hint: str) -> Check:
    is_absent = failure.reason is Reason.ABSENT
    return Check(
        Topic.DATABASES,
        DATABASES[database],
        CheckState.MISSING if is_absent else CheckState.FAILED,
        node=node,
        detail=failure.detail,
        hint=hint,
    )


def _other_place(local: Local, tool: str, path: Path | None) -> str:
    """Where the socket is instead, and how to say so."""
    said = local.trouble(tool, path) or ""
    _, opening, rest = said.partition("(there is ")
    return rest.rstrip(")").partition(": ")[2] if opening else ""
