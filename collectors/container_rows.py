"""The container runtime's part of the table of artefacts: how a node's containers are found, and
how a command gets into one, or into a network namespace.

Only who is on the node itself needs these: over the API, Kubernetes does both.
"""

import re

from collectors.artefact import Artefact, Where
from collectors.parameters import Parameter

# Ids of containers and sandboxes as CRI-O and containerd make them: 64 hexadecimal digits.
CONTAINER_ID = re.compile(r"[0-9a-f]{12,64}", re.ASCII)
# What a runtime says of a sandbox's namespace: a name of ip-netns(8), or a process's own.
NETNS_PATH = re.compile(
    r"(/var)?/run/netns/[A-Za-z0-9_][A-Za-z0-9._-]{0,254}|/proc/[0-9]{1,10}/ns/net", re.ASCII
)

_CRICTL = ("crictl", "--timeout={timeout}s")

CONTAINER_ROWS: tuple[Artefact, ...] = (
    Artefact(
        "node-containers",
        Where.NODE,
        "which containers of OVN-Kubernetes run on the node; asked with --ssh only",
        argv=(*_CRICTL, "ps", "--state", "Running", "-o", "json"),
    ),
    Artefact(
        "node-sandboxes",
        Where.NODE,
        "which pods run on the node; asked with --ssh only",
        argv=(*_CRICTL, "pods", "--state", "Ready", "-o", "json"),
    ),
    Artefact(
        "pod-sandbox",
        Where.NODE,
        "where a pod's network namespace is; asked with --ssh only",
        argv=(*_CRICTL, "inspectp", "-o", "json", "{sandbox}"),
        parameters=(Parameter("sandbox", CONTAINER_ID),),
    ),
)


def _entry(name: str, argv: tuple[str, ...], why: str, *parameters: Parameter) -> Artefact:
    """Words that stand before a command of the table, and where they take it."""
    return Artefact(name, Where.NODE, f"with --ssh: {why}", argv=argv, parameters=parameters)


AS_ROOT = _entry("as-root", ("sudo", "-n"), "before every command, if --sudo asks for it")
IN_CONTAINER = _entry(
    "in-container",
    ("crictl", "exec", "{container}"),
    "before a command, into a container of OVN-Kubernetes on that node",
    Parameter("container", CONTAINER_ID),
)
IN_NETNS = _entry(
    "in-netns",
    ("nsenter", "--net={path}", "--"),
    "before a command, into a pod's network namespace",
    Parameter("path", NETNS_PATH),
)
# Where OpenShift has the sockets of interconnect mode; the tools' own default is /run/ovn.
IC_DATABASE = {
    database: _entry(
        f"interconnect-{database}",
        ("env", f"OVN_{database.upper()}_DB=unix:/run/ovn-ic/ovn{database}_db.sock"),
        "before a command, to the socket that nodes of OpenShift have",
    )
    for database in ("nb", "sb")
}
ENTRY_ROWS = (AS_ROOT, IN_CONTAINER, IN_NETNS, *IC_DATABASE.values())


def words_before(entry: Artefact, **values: str) -> tuple[str, ...]:
    """The words of an entry. Raises ValueError for a value that is not allowed."""
    return entry.filled(values).command(0)
