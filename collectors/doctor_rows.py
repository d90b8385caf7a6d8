"""The part of the table of artefacts that only `ovntrace doctor` asks: small questions that show
whether the large ones would be answered."""

from typing import Final

from collectors.artefact import Artefact, Where, list_tables

_ASKED: Final = "; asked by `doctor`"
# A relative path of a socket is taken from OVS's run directory (lib/socket-util-unix.c of OVS):
# `..` leads from there to that of OVN, wherever both are.
_SCHEMAS: Final = {
    "nb": ("unix:../ovn/ovnnb_db.sock", "OVN_Northbound"),
    "sb": ("unix:../ovn/ovnsb_db.sock", "OVN_Southbound"),
    "ovs": ("unix:db.sock", "Open_vSwitch"),
}
_ROOTS: Final = {
    "nb": ("ovn-nbctl", "NB_Global"),
    "sb": ("ovn-sbctl", "SB_Global"),
    "ovs": ("ovs-vsctl", "Open_vSwitch"),
}
_TITLES: Final = {"nb": "northbound", "sb": "southbound", "ovs": "Open vSwitch"}


def node_rows(
    *, nb: tuple[str, ...], sb: tuple[str, ...], ovs: tuple[str, ...]
) -> tuple[Artefact, ...]:
    """The rows of nodes, with the containers that have each database."""
    places = {"nb": nb, "sb": sb, "ovs": ovs}
    return (
        Artefact(
            "node-clock",
            Where.NODE,
            f"the node's time, to compare clocks{_ASKED}",
            argv=("timeout", "{timeout}", "date", "-u", "+%s.%N"),
            containers=ovs,
        ),
        *(_root(database, containers) for database, containers in places.items()),
        *(_schema(database, containers) for database, containers in places.items()),
        _version("ovn-tools", "ovn-nbctl", "OVN", nb, "nb"),
        _version("ovs-tools", "ovs-vsctl", "Open vSwitch", ovs, ""),
    )


def _root(database: str, containers: tuple[str, ...]) -> Artefact:
    tool, table = _ROOTS[database]
    return Artefact(
        f"{database}-root",
        Where.NODE,
        f"does the {_TITLES[database]} database answer, and of which version is it{_ASKED}",
        argv=list_tables(tool, (table,)),
        containers=containers,
        database=database if database != "ovs" else "",
    )


def _schema(database: str, containers: tuple[str, ...]) -> Artefact:
    socket, name = _SCHEMAS[database]
    return Artefact(
        f"{database}-schema",
        Where.NODE,
        f"which tables and columns the {_TITLES[database]} database's server has{_ASKED}",
        argv=("ovsdb-client", "--timeout={timeout}", "get-schema", socket, name),
        containers=containers,
        database=database if database != "ovs" else "",
    )


def _version(
    name: str, tool: str, title: str, containers: tuple[str, ...], database: str
) -> Artefact:
    return Artefact(
        name,
        Where.NODE,
        f"the version of {title}'s tools{_ASKED}",
        argv=(tool, "--timeout={timeout}", "--dry-run", "--version"),
        containers=containers,
        database=database,
    )


SERVER_ROWS: Final = (
    Artefact(
        "api-version",
        Where.SERVER,
        "does the API server answer, and what time is it there; asked by `doctor`",
        resource="/version",
    ),
    Artefact(
        "api-user",
        Where.SERVER,
        "as whom it knows us; asked by `doctor`",
        resource="/apis/authentication.k8s.io/v1/selfsubjectreviews",
        posts=True,
    ),
    Artefact(
        "api-rights",
        Where.SERVER,
        "whether we may exec; asked by `doctor`",
        resource="/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        posts=True,
    ),
)
