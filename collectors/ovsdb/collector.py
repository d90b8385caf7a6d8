"""OVSDB servers as a way in: what is in the databases, and nothing else."""

import shlex
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from collectors.artifacts import Artefact, Where
from collectors.ovsdb.certificates import Certificates, client_context
from collectors.ovsdb.following import Following
from collectors.ovsdb.naming import NAME_TABLES, Names, names_of
from collectors.ovsdb.remote import Remote, Source
from collectors.ovsdb.server import Servers
from collectors.ovsdb.tables import Uncollected, table_lines
from collectors.ovsdb.trouble import OvsdbTroubleError
from collectors.parse.tables import parse_tables
from collectors.tool_failure import Failure
from ovntrace.model.capture import Capture, Missing, Reason, Target

if TYPE_CHECKING:
    import ssl

    from ovntrace.model.rows import Database

Result = Capture | Missing

_OTHER_WAYS: Final = "without --ovsdb the Kubernetes API shows it, and on the node --local or --ssh"
_BY_THE_API: Final = "without --ovsdb the Kubernetes API shows it"
# What a person can set before a tool, so that it asks the same server.
_VARIABLES: Final = {"nb": "OVN_NB_DB", "sb": "OVN_SB_DB"}
_NOT_IN_DATABASES: Final = {
    "ovs-vswitchd": "that ovs-vswitchd lives is no row of a database: OpenFlow is not asked",
    "node-links": "the node's links stand in no database",
    "node-netns": "the node's network namespaces stand in no database",
    "openflow": "OpenFlow is not asked over OVSDB",
    "ovn-trace": "no program is run over OVSDB",
    "ofproto-trace": "no program is run over OVSDB",
}


class Ovsdb:
    """Databases that `--ovsdb` names, by node. A database without a node's name is of the node that
    it tells itself, or of all nodes.

    `timeout_s` is for what has to be asked before the nodes are known.
    """

    kind = "ovsdb"

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        certificates: Certificates | None = None,
        leader_only: bool = True,
        timeout_s: float = 30.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._sources = tuple(sources)
        self._certificates = certificates or Certificates()
        self._servers = Servers(self._context, leader_only=leader_only)
        self._timeout_s = timeout_s
        self._now = now
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None
        self._named: Names | None = None
        self._failures: list[Failure] = []
        self._reads: dict[tuple[Source, str], Result] = {}
        self._reading: dict[tuple[Source, str], threading.Lock] = {}
        self._rows: Servers | Following = self._servers

    @property
    def place(self) -> str:
        """The servers, each once."""
        return ", ".join(dict.fromkeys(str(source) for source in self._sources))

    def can_run(self) -> str | None:
        """Why none of the databases can be read: TLS files, or servers that do not answer."""
        if any(remote.method == "ssl" for source in self._sources for remote in source.remotes):
            try:
                self._context()
            except OvsdbTroubleError as error:
                return _line(error.failure)
        self._names()
        if len(self._failures) < len(self._sources):
            return None
        lines = (_line(failure).removeprefix(f"{self.place}: ") for failure in self._failures)
        return "; ".join(dict.fromkeys(lines))

    def nodes(self) -> tuple[str, ...]:
        """The nodes that were named, and those that the databases tell."""
        return self._names().nodes

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Result:
        """The artefact's tables, all as they were at one moment."""
        refusal = _refusal(artefact)
        if refusal is not None:
            return refusal.missing(target, artefact.name, "")
        database = artefact.database or "ovs"
        source = self._source(target.node, database)
        if source is None:
            detail = f"no --ovsdb {database}= is given for {target.node or 'the cluster'}"
            hint = f"give --ovsdb {target.node}:{database}=REMOTE"
            failure = Failure(Reason.UNSUPPORTED, detail, hint)
            return failure.missing(target, artefact.name, "")
        if source.node or database in self._names().of_node:
            return self._read(source, target, artefact, timeout_s)
        return self._shared(source, target, artefact, timeout_s)

    def close(self) -> None:
        """Hang up."""
        self._servers.close()

    def follow(self) -> Following:
        """From now on tables are not read anew: their servers tell what changes."""
        self._rows = following = Following(self._servers, timeout_s=self._timeout_s)
        return following

    def forget(self) -> None:
        """The next fetch of a central database takes its rows anew."""
        with self._lock:
            self._reads.clear()

    # --- reads ---------------------------------------------------------------------------------

    def _shared(
        self, source: Source, target: Target, artefact: Artefact, timeout_s: float
    ) -> Result:
        """One read of a central database for all the nodes that ask for it: the same bytes, which
        are parsed once; and one wait where its servers are dead."""
        key = (source, artefact.name)
        with self._lock:
            lock = self._reading.setdefault(key, threading.Lock())
        with lock:
            found = self._reads.get(key)
            if found is None:
                found = self._reads[key] = self._read(source, target, artefact, timeout_s)
        return replace(found, target=target)

    def _read(self, source: Source, target: Target, artefact: Artefact, timeout_s: float) -> Result:
        taken_at, began = self._now(), time.monotonic()
        argv = artefact.command(timeout_s)
        try:
            with Uncollected():
                remote, found = self._rows.read(source, artefact.tables, timeout_s)
                data = table_lines(artefact.tables, found)
        except OvsdbTroubleError as error:
            return error.failure.missing(target, artefact.name, str(source))
        origin = _as_typed(remote, source.database, argv)
        seconds = time.monotonic() - began
        return Capture(target, artefact.name, data, origin, taken_at, seconds, 0, "", argv)

    def _context(self) -> "ssl.SSLContext":
        with self._lock:
            if self._tls is None:
                self._tls = client_context(self._certificates)
            return self._tls

    # --- nodes ---------------------------------------------------------------------------------

    def _source(self, node: str, database: str) -> Source | None:
        own = [one for one in self._sources if (one.node, one.database) == (node, database)]
        if own:
            return own[0]
        names = self._names()
        unnamed = [one for one in self._sources if (one.node, one.database) == ("", database)]
        if unnamed and node in names.nodes and names.of_node.get(database, node) == node:
            return unnamed[0]
        return None

    def _names(self) -> Names:
        """The nodes. Databases that were given without one are asked, at once and once."""
        with self._lock:
            known = self._named
        if known is not None:
            return known
        unnamed = [source for source in self._sources if not source.node]
        answers = self._ask(unnamed)
        told = {one.database: a for one, a in answers.items() if not isinstance(a, Failure)}
        failures = [answer for answer in answers.values() if isinstance(answer, Failure)]
        prefixed = sorted({source.node for source in self._sources if source.node})
        names = names_of(told, [source.database for source in unnamed], prefixed)
        with self._lock:
            if self._named is None:
                self._named, self._failures = names, failures
            return self._named

    def _ask(self, sources: Sequence[Source]) -> "dict[Source, Database | Failure]":
        """What each tells of its node. They are three at most: a thread each, the last here."""
        answers: dict[Source, Database | Failure] = {}

        def ask(source: Source) -> None:
            answers[source] = self._told(source)

        threads = [threading.Thread(target=ask, args=(s,), daemon=True) for s in sources[:-1]]
        for thread in threads:
            thread.start()
        for source in sources[-1:]:
            ask(source)
        for thread in threads:
            thread.join()
        return {source: answers[source] for source in sources}

    def _told(self, source: Source) -> "Database | Failure":
        tables = NAME_TABLES[source.database]
        try:
            _, found = self._servers.read(source, tables, self._timeout_s)
            return parse_tables(table_lines(tables, found), tables)[0]
        except OvsdbTroubleError as error:
            return error.failure


def _refusal(artefact: Artefact) -> Failure | None:
    """What no database has."""
    if artefact.where is Where.API:
        detail = "the Kubernetes API is not asked over OVSDB"
        return Failure(Reason.UNSUPPORTED, detail, _BY_THE_API)
    if artefact.where is Where.POD:
        detail = "the pod's network namespace can't be seen over OVSDB"
        return Failure(Reason.UNSUPPORTED, detail, _OTHER_WAYS)
    if artefact.tables:
        return None
    detail = _NOT_IN_DATABASES.get(artefact.name, f"{artefact.name} is not read over OVSDB")
    return Failure(Reason.UNSUPPORTED, detail, _OTHER_WAYS)


def _as_typed(remote: Remote, database: str, argv: Sequence[str]) -> str:
    """A command that prints the same. ovs-vsctl knows no variable: it is meant on the node."""
    variable = _VARIABLES.get(database)
    command = shlex.join(argv)
    return f"{variable}={shlex.quote(str(remote))} {command}" if variable else command


def _line(failure: Failure) -> str:
    return f"{failure.detail} ({failure.hint})" if failure.hint else failure.detail
