"""A row of the table of artefacts: what can be collected, and the command or request for it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from collectors.parameters import Filled, Parameter, Values, filled_of, words_of

_CLUSTER_SCOPED = (
    "nodes",
    "namespaces",
    "adminnetworkpolicies",
    "baselineadminnetworkpolicies",
)


class Where(StrEnum):
    """Where a row of the table is read."""

    API = "api"  # a list of the Kubernetes API
    NODE = "node"  # in the node's network namespace, with the databases' sockets
    POD = "pod"  # in the workload's network namespace
    SERVER = "server"  # what the API server says of itself and of us; asked by `doctor` only


@dataclass(frozen=True, slots=True)
class Artefact:
    """One thing that can be collected.

    `argv` is complete but for `{timeout}` (whole seconds, the tool's own) and `parameters`, which
    `filled` gives values; `netns_argv` is the same for a namespace that is entered from its node,
    with `{netns}`. `tables` are the documents
    that the command prints, in order. `resource` is the API path of a list, in which `{namespace}`
    may stand. `containers` are the containers of an ovnkube-node pod that have what the command
    needs, best first. `file` is the place in a dump, relative to the node's folder (or the pod's);
    a parameter may stand in it. `database` says of which (nb or sb) the output is, or has tables.
    """

    name: str
    where: Where
    why: str
    argv: tuple[str, ...] = ()
    netns_argv: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    resource: str = ""
    file: str = ""
    rarely: str = ""  # when it is asked for, if not always: a clause
    optional: bool = False  # absence is normal: a CRD that this cluster does not have
    probe: bool = False  # the exit code is the answer: not 0 is a Capture too, never Missing
    heavy: bool = False  # may have tens of megabytes: a dump reads few of them at once
    database: str = ""
    parameters: tuple[Parameter, ...] = ()
    values: Filled = ()
    posts: bool = False  # a question that HTTP calls a POST: the server answers and keeps nothing

    def filled(self, values: Values) -> "Artefact":
        """The same row with its parameters' values. Raises ValueError for what is not allowed: no
        text of a cluster gets further."""
        return replace(self, values=filled_of(self.parameters, values))

    def command(self, timeout_s: float, netns: str = "") -> tuple[str, ...]:
        """The argument vector to run within `timeout_s` seconds; in `netns` if one is named.

        The tool's own limit is a second shorter, so that it ends by itself and says why, and so
        that nothing outlives a lost connection. Raises ValueError if parameters are not filled.
        """
        if len(self.values) != len(self.parameters):
            raise ValueError(f"{self.name} can't be run without its parameters")
        own = {"timeout": (str(max(1, int(timeout_s) - 1)),), "netns": (netns,)}
        given = {**dict(self.values), **own}
        vector = self.netns_argv if netns else self.argv
        return tuple(word for template in vector for word in words_of(template, given))

    @property
    def file_name(self) -> str:
        """`file` with the parameter's value; empty if it has no place in a dump, or no value."""
        before, opening, rest = self.file.partition("{")
        if not opening:
            return self.file
        name, _, after = rest.partition("}")
        value = dict(self.values).get(name, ())
        return f"{before}{value[0]}{after}" if len(value) == 1 else ""

    def path(self, namespace: str = "") -> str:
        """The API path of the list: of one namespace, or of all if it is empty."""
        from urllib.parse import quote  # 5 ms that a dump and --help need not pay

        if "{namespace}" in self.resource and namespace:
            return self.resource.replace("{namespace}", quote(namespace, safe=""))
        whole = self.resource.replace("/namespaces/{namespace}", "")
        if not namespace or self.name in _CLUSTER_SCOPED:
            return whole
        head, _, plural = whole.rpartition("/")
        return f"{head}/namespaces/{quote(namespace, safe='')}/{plural}"

    @property
    def method(self) -> str:
        """HTTP's word for the request; empty for a command."""
        if not self.resource:
            return ""
        return "POST" if self.posts else "GET"

    @property
    def shown(self) -> str:
        """The command or the request as a person reads it."""
        if self.resource:
            return f"{self.method} {self.resource}"
        return shlex.join(self.argv).replace("'", "")


def list_tables(tool: str, tables: Sequence[str]) -> tuple[str, ...]:
    """The command that prints whole tables as JSON, a document each."""
    # Even a plain `list` writes: it inserts the root row into a database that has none yet.
    # --dry-run never commits. --no-leader-only: a follower of a raft cluster answers too.
    # --no-wait: ovs-vswitchd may be dead, which must not keep us from its database.
    mode = "--no-wait" if tool == "ovs-vsctl" else "--no-leader-only"
    argv = [tool, "--timeout={timeout}", mode, "--dry-run", "--format=json"]
    for index, table in enumerate(tables):
        argv += ["--", "list", table] if index else ["list", table]
    return tuple(argv)
