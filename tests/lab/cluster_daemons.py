"""A cluster's daemons: as those of one node's lab, but in central mode the databases are shared.

In central mode each node has a server of both databases, three that replicate by raft (over unix
sockets), and the first node runs ovn-northd, as OVN-Kubernetes' masters do.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from tests.lab.cluster_places import NodePlaces
from tests.lab.commands import run, run_all
from tests.lab.daemons import Daemons
from tests.lab.toolset import Toolset


class Mode(StrEnum):
    """How the databases are spread."""

    INTERCONNECT = "interconnect"
    CENTRAL = "central"


_DATABASES = {"nb": "OVN_Northbound", "sb": "OVN_Southbound"}


class RaftDaemons(Daemons):
    """One node's daemons of a cluster whose databases are three servers in raft."""

    def __init__(
        self,
        nodes: Sequence[NodePlaces],
        at: int,
        tools: Toolset,
        env: Mapping[str, str],
    ) -> None:
        super().__init__(nodes[at], tools, env)
        self._nodes = nodes
        self._at = at

    def create_databases(self) -> None:
        """conf.db empty, the first node's others as a new cluster, the rest join it."""
        places, tools = self._places, self._tools
        conf = places.ovs / "conf.db"
        for folder in (places.ovs, places.ovn):
            folder.mkdir(parents=True, exist_ok=True)
        argvs = [["ovsdb-tool", "create", str(conf), str(tools.vswitch_schema)]]
        for short, schema in (("nb", tools.nb_schema), ("sb", tools.sb_schema)):
            file = str(places.ovn / f"ovn{short}_db.db")
            own, first = (_raft_address(self._nodes[at], short) for at in (self._at, 0))
            if self._at == 0:
                argvs.append(["ovsdb-tool", "create-cluster", file, str(schema), own])
            else:
                argvs.append(["ovsdb-tool", "join-cluster", file, _DATABASES[short], own, first])
        run_all(argvs, self._env)

    def await_databases(self) -> None:
        """Until this node's servers are members of the cluster and know its leader."""
        for short, database in _DATABASES.items():
            socket = f"unix:{self._places.ovn / f'ovn{short}_db.sock'}"
            run(
                ["ovsdb-client", "--timeout=20", "wait", socket, database, "connected"],
                self._env,
                timeout_s=22,
            )

    def start_northd(self) -> None:
        """ovn-northd, for the leader of each database."""
        argv = [
            "ovn-northd",
            f"--ovnnb-db={remotes(self._nodes, 'nb')}",
            f"--ovnsb-db={remotes(self._nodes, 'sb')}",
            "--no-chdir",
        ]
        run(self._in_node("ovn-northd", argv), self._env)


def remotes(nodes: Sequence[NodePlaces], short: str) -> str:
    """All servers of a database, nb or sb, as OVN's tools take them."""
    return ",".join(f"unix:{_socket(places, short)}" for places in nodes)


def _socket(places: NodePlaces, short: str) -> Path:
    return places.nb_socket if short == "nb" else places.sb_socket


def _raft_address(places: NodePlaces, short: str) -> str:
    return f"unix:{places.ovn / short}.raft"
