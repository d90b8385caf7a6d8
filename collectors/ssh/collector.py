"""Ssh: the collector that asks nodes by SSH."""

import json
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from collectors.artifacts import BY_NAME, DATABASE_FILES, DATABASE_FOLDERS, Artefact, Where
from collectors.container_rows import IC_DATABASE, IN_CONTAINER, IN_NETNS, words_before
from collectors.deadline import Deadline
from collectors.kube.discovery import NAMESPACES
from collectors.ssh.connection import Ran
from collectors.ssh.host import Host, Layout
from collectors.ssh.settings import SshConfig
from collectors.tool_failure import Failure
from ovntrace.errors import WrongQuestionError
from ovntrace.model.capture import Capture, Missing, Reason, Target

# A name under /run/netns, nothing that leads out of it.
_NETNS_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", re.ASCII)
_NAME_TIMEOUT_S = 8.0
_MOST_TOLD = 3
_AT_ONCE = 32  # hosts that are connected to at the same time
_NOT_KNOWN = Failure(
    Reason.UNSUPPORTED, "the pod's network namespace is not known on this node, which has no crictl"
)
# Without these another way in may still do: the program is not in that place, or its daemon not.
_NEXT_WAY = (Reason.ABSENT, Reason.UNREACHABLE)

Result = Capture | Missing
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HostSeen:
    """A host as it was named, its node, and what runs there; a Failure where it is not reached."""

    named: str
    node: str
    layout: Layout | Failure


class Ssh:
    """Nodes by SSH, each host one. `namespaces` are those where OVN-Kubernetes runs."""

    kind = "ssh"

    def __init__(
        self,
        hosts: Sequence[Host],
        *,
        timeout_s: float = 30.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._hosts = tuple(hosts)
        self._timeout_s = timeout_s
        self._now = now
        self._lock = threading.Lock()
        self._by_node: dict[str, Host] = {}

    @classmethod
    def open(
        cls,
        hosts: Sequence[str],
        *,
        config: Path | None = None,
        sudo: bool = False,
        ovn_namespace: str | None = None,
        timeout_s: float = 30.0,
    ) -> "Ssh":
        """`hosts` as [USER@]HOST; `config` stands for the files of ssh_config(5). Nothing is asked
        of a host yet.

        Raises WrongQuestionError for a configuration that can't be read, and for what is no host.
        """
        files = SshConfig(config)
        found = [files.settings(word) for word in dict.fromkeys(hosts)]
        if not found:
            raise WrongQuestionError("no host is named")
        namespaces = (ovn_namespace,) if ovn_namespace else NAMESPACES
        return cls([Host(one, namespaces, sudo=sudo) for one in found], timeout_s=timeout_s)

    @property
    def place(self) -> str:
        """The hosts as they were named."""
        return ", ".join(host.settings.named for host in self._hosts)

    def can_run(self) -> str | None:
        """Why no host can be reached; one is enough."""
        deadline = Deadline.after(self._timeout_s)
        found = self._of_each(lambda host: host.connection(deadline), deadline)
        failures = [one for one in found if isinstance(one, Failure)]
        if len(failures) < len(self._hosts):
            return None
        if len(failures) == 1:
            return _line(failures[0])
        named = zip(self._hosts, failures, strict=True)
        told = [f"{host.settings.named}: {_line(failure)}" for host, failure in named]
        more = [f"and {len(told) - _MOST_TOLD} more"] if len(told) > _MOST_TOLD else []
        return "; ".join((*told[:_MOST_TOLD], *more))

    def seen(self) -> "tuple[HostSeen, ...]":
        """Each host: whether it is reached, and what runs there."""
        deadline = Deadline.after(self._timeout_s)
        layouts = self._of_each(lambda host: host.layout(deadline), deadline)
        names = {id(host): name for name, host in self._nodes().items()}
        return tuple(
            HostSeen(host.settings.named, names.get(id(host), host.settings.named), layout)
            for host, layout in zip(self._hosts, layouts, strict=True)
        )

    def nodes(self) -> tuple[str, ...]:
        """A node for each host: the name that OVN knows (external_ids:hostname), else the host's
        own, as it was given."""
        return tuple(self._nodes())

    def database_files(self, artefact: str) -> Sequence[str]:
        """Where the containers of OVN-Kubernetes have the file of `nb` or `sb`."""
        return [f"{folder}/{DATABASE_FILES[artefact]}" for folder in DATABASE_FOLDERS]

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        """A command on the node, in the right container there, or in a pod's namespace."""
        deadline = Deadline.after(timeout_s)
        if artefact.where is Where.API:
            failure = Failure(
                Reason.UNSUPPORTED,
                "the Kubernetes API is not asked from a node",
                "without --ssh the Kubernetes API shows it",
            )
            return failure.missing(target, artefact.name, "")
        host = self._host_of(target.node)
        if host is None:
            failure = Failure(
                Reason.UNSUPPORTED,
                f"{target.node or 'that node'} is none of the hosts: {self.place}",
                "name its host too, with another --ssh",
            )
            return failure.missing(target, artefact.name, "")
        if artefact.where is Where.POD:
            return self._in_pod(target, artefact, host, deadline)
        return self._on_node(target, artefact, host, deadline)

    def close(self) -> None:
        """Break all connections."""
        for host in self._hosts:
            host.close()

    # --- nodes ---------------------------------------------------------------------------------

    def _nodes(self) -> dict[str, Host]:
        with self._lock:
            if not self._by_node:
                deadline = Deadline.after(min(self._timeout_s, _NAME_TIMEOUT_S))
                names = self._of_each(lambda host: self._name_of(host, deadline), deadline)
                for host, name in zip(self._hosts, names, strict=True):
                    own = host.settings.named.rpartition("@")[2]
                    known = name if isinstance(name, str) and name else own
                    if known in self._by_node:  # two hosts that say the same name of themselves
                        known = own if own not in self._by_node else host.settings.named
                    self._by_node[known] = host
            return self._by_node

    def _host_of(self, node: str) -> Host | None:
        found = self._nodes().get(node)
        if found is not None:
            return found
        named = (host for host in self._hosts if host.settings.named.rpartition("@")[2] == node)
        return next(named, None) if node else None

    def _name_of(self, host: Host, deadline: Deadline) -> str | Failure:
        row = BY_NAME["node-name"]
        result = self._on_node(Target(node=host.settings.named), row, host, deadline)
        if isinstance(result, Missing):
            return Failure(result.reason, result.detail)
        text = result.data.decode("utf-8", "replace").strip()
        if text.startswith('"'):
            try:
                text = str(json.loads(text))
            except ValueError:
                return ""
        return text

    def _of_each(self, ask: Callable[[Host], T | Failure], deadline: Deadline) -> list[T | Failure]:
        """An answer of each host, asked at the same time; who has none in time has failed."""
        late = Failure(Reason.TIMEOUT, f"no answer within {deadline.total_s:g} s")
        answers: list[T | Failure] = [late] * len(self._hosts)

        places = threading.BoundedSemaphore(_AT_ONCE)

        def keep(number: int) -> None:
            if places.acquire(timeout=deadline.left_s):
                try:
                    answers[number] = ask(self._hosts[number])
                finally:
                    places.release()

        threads = [
            threading.Thread(target=keep, args=(number,), daemon=True)
            for number in range(len(self._hosts))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(deadline.left_s + 1)
        return list(answers)

    # --- commands ------------------------------------------------------------------------------

    def _on_node(
        self, target: Target, artefact: Artefact, host: Host, deadline: Deadline
    ) -> Result:
        """By the first way that has the program and reaches the daemon. If none does, the first
        that had the program says why."""
        layout = host.layout(deadline)
        if isinstance(layout, Failure):
            return layout.missing(target, artefact.name, "")
        ways = _ways(artefact, layout)
        if isinstance(ways, Failure):
            return ways.missing(target, artefact.name, "")
        first: Missing | None = None
        for before in ways:
            result = self._run(target, artefact, host, before, deadline)
            if isinstance(result, Capture):
                return result
            if first is None or first.reason is Reason.ABSENT:
                first = result
            if result.reason not in _NEXT_WAY or deadline.passed or not host.is_connected:
                break
        assert first is not None
        if first.reason is Reason.ABSENT and layout.trouble is not None:
            # It is in a container, which nobody could look for.
            return layout.trouble.missing(target, artefact.name, first.origin)
        return first

    def _in_pod(self, target: Target, artefact: Artefact, host: Host, deadline: Deadline) -> Result:
        """With the node's own programs: by the namespace's name, else by what the runtime says."""
        if not artefact.netns_argv:
            failure = Failure(Reason.UNSUPPORTED, "it is run inside a container's image only")
            return failure.missing(target, artefact.name, "")
        if target.netns:
            if not _NETNS_NAME.fullmatch(target.netns):
                detail = f"no name of a network namespace: {target.netns!r}"
                return Missing(target, artefact.name, Reason.ABSENT, detail)
            return self._run(target, artefact, host, (), deadline)
        layout = host.layout(deadline)
        if isinstance(layout, Failure):
            return layout.missing(target, artefact.name, "")
        path = (
            host.netns(target.namespace, target.pod, deadline) if layout.has_runtime else _NOT_KNOWN
        )
        if isinstance(path, Failure):
            return path.missing(target, artefact.name, "")
        return self._run(target, artefact, host, words_before(IN_NETNS, path=path), deadline)

    def _run(
        self,
        target: Target,
        artefact: Artefact,
        host: Host,
        before: Sequence[str],
        deadline: Deadline,
    ) -> Result:
        netns = target.netns if artefact.where is Where.POD else ""
        argv = artefact.command(deadline.left_s, netns)
        taken_at = self._now()
        said = host.run(artefact, argv, before, deadline)
        if isinstance(said.result, Failure):
            return said.result.missing(target, artefact.name, said.origin)
        ran: Ran = said.result
        return Capture(
            target,
            artefact.name,
            ran.stdout,
            said.origin,
            taken_at,
            self._now() - taken_at,
            ran.exit_code,
            ran.stderr.decode("utf-8", "replace"),
            argv,
        )


def _ways(artefact: Artefact, layout: Layout) -> list[tuple[str, ...]] | Failure:
    """The words that may stand before the artefact's command on a host, best first.

    Databases of OVN are in the containers, if there are any; Open vSwitch is the host's own, and
    so are its links.
    """
    inside = [
        words_before(IN_CONTAINER, container=one.id) for one in layout.named(artefact.containers)
    ]
    if not artefact.database:
        return [(), *inside]
    if any(one.name == "file" for one in artefact.parameters):
        # A host keeps the files of servers that no longer run: only a server's own container
        # tells which is its.
        lacks = Failure(Reason.UNSUPPORTED, "no container of the database runs there")
        return inside or lacks
    return [*inside, (), words_before(IC_DATABASE[artefact.database])]


def _line(failure: Failure) -> str:
    return f"{failure.detail} (try: {failure.hint})" if failure.hint else failure.detail
