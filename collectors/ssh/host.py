"""A host: its connection, made when it is needed and again when it broke, and what runs there."""

import re
import shlex
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from collectors.artifacts import BY_NAME, Artefact
from collectors.container_rows import AS_ROOT, words_before
from collectors.deadline import Deadline
from collectors.ssh.connection import Connection, Ran
from collectors.ssh.containers import FoundContainer, netns_path, ovn_containers, sandbox_of
from collectors.ssh.privileges import lacks_program, refused_sudo
from collectors.ssh.settings import Settings
from collectors.tool_failure import (
    Failure,
    decode,
    failure_of_run,
    last_line,
    not_installed,
    tool_of,
)
from ovntrace.model.capture import Reason

# A connection that breaks again and again is not made for ever.
_MOST_CONNECTIONS = 3
# crictl ends with 1 whatever the command in the container ended with, and tells it so.
_INNER_EXIT = re.compile(r"^.*command terminated with exit code (\d{1,3})\s*$", re.MULTILINE)
_DENIED = re.compile(r"permission denied|must be root|operation not permitted", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layout:
    """What runs on the host. `trouble` says why its containers are not known."""

    has_runtime: bool
    containers: tuple[FoundContainer, ...] = ()
    trouble: Failure | None = None

    def named(self, names: Sequence[str]) -> list[FoundContainer]:
        """The containers of these names, in the order of the names."""
        return [one for name in names for one in self.containers if one.name == name]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said: a Ran that is an answer, or why it is none, and how one would type
    it."""

    result: Ran | Failure
    origin: str


class Host:
    """One host of `--ssh`. Safe to use from several threads."""

    def __init__(self, settings: Settings, namespaces: Sequence[str], *, sudo: bool) -> None:
        self.settings = settings
        self._namespaces = tuple(namespaces)
        self._sudo = sudo
        self._lock = threading.Lock()
        self._attempt: _Attempt | None = None
        self._made = 0
        self._closed = False
        self._layout_lock = threading.Lock()
        self._layout: Layout | None = None
        self._sandboxes: bytes | None = None

    def connection(self, deadline: Deadline) -> Connection | Failure:
        """The open connection; one for all. What a host refused once it is not asked again."""
        with self._lock:
            if self._closed:
                return Failure(Reason.UNREACHABLE, "stopped")
            if self._attempt is None or (self._attempt.broke and self._made < _MOST_CONNECTIONS):
                self._made += 1
                self._attempt = _Attempt(self.settings, deadline)
            attempt = self._attempt
        return attempt.result(deadline)

    @property
    def is_connected(self) -> bool:
        """False while there is no connection, or none any more."""
        with self._lock:
            return self._attempt is not None and self._attempt.is_open

    def close(self) -> None:
        """Break the connection; none is made any more."""
        with self._lock:
            self._closed = True
            attempt = self._attempt
        if attempt is not None:
            attempt.close()

    def run(
        self, artefact: Artefact, argv: Sequence[str], before: Sequence[str], deadline: Deadline
    ) -> Said:
        """The artefact's command `argv`, with the words that stand before it."""
        words = (*(words_before(AS_ROOT) if self._sudo else ()), *before)
        origin = self._origin(words, argv)
        connection = self.connection(deadline)
        if isinstance(connection, Failure):
            return Said(connection, origin)
        ran = connection.run((*words, *argv), deadline)
        if isinstance(ran, Failure):
            return Said(ran, origin)
        return Said(self._judged(artefact, argv, ran), origin)

    def layout(self, deadline: Deadline) -> Layout | Failure:
        """What runs there; a Failure where nobody could ask."""
        with self._layout_lock:
            if self._layout is not None:
                return self._layout
            connection = self.connection(deadline)
            if isinstance(connection, Failure):
                return connection
            ran = self._plain("node-containers", BY_NAME["node-containers"], deadline)
            layout = self._layout_of(ran)
            # What a connection broke, or time, another try may tell.
            if layout.trouble is None or layout.trouble.reason is Reason.DENIED:
                self._layout = layout
            return layout

    def netns(self, namespace: str, pod: str, deadline: Deadline) -> str | Failure:
        """The path of a pod's network namespace, as the container runtime knows it."""
        listed = self._sandboxes
        if listed is None or sandbox_of(listed, namespace, pod) is None:
            ran = self._plain("node-sandboxes", BY_NAME["node-sandboxes"], deadline)
            if isinstance(ran, Failure):
                return ran
            listed = self._sandboxes = ran.stdout
        sandbox = sandbox_of(listed, namespace, pod)
        if sandbox is None:
            return Failure(Reason.ABSENT, f"no pod {namespace}/{pod} runs on {self.settings.named}")
        row = BY_NAME["pod-sandbox"].filled({"sandbox": sandbox})
        ran = self._plain("pod-sandbox", row, deadline)
        if isinstance(ran, Failure):
            return ran
        path = netns_path(ran.stdout)
        if path is None:
            return Failure(Reason.ABSENT, "the container runtime names no network namespace of it")
        return path

    def _plain(self, name: str, row: Artefact, deadline: Deadline) -> Ran | Failure:
        result = self.run(row, row.command(deadline.left_s), (), deadline).result
        if isinstance(result, Failure):
            return Failure(result.reason, f"{name}: {result.detail}", result.hint)
        return result

    def _layout_of(self, ran: Ran | Failure) -> Layout:
        if isinstance(ran, Failure):
            if ran.reason is Reason.ABSENT:
                return Layout(has_runtime=False)
            return Layout(has_runtime=True, trouble=ran)
        found = ovn_containers(ran.stdout, self._namespaces)
        if found is None:
            detail = "node-containers: crictl's list of containers can't be read"
            return Layout(has_runtime=True, trouble=Failure(Reason.UNPARSABLE, detail))
        return Layout(has_runtime=True, containers=found)

    def _judged(self, artefact: Artefact, argv: Sequence[str], ran: Ran) -> Ran | Failure:
        stderr = decode(ran.stderr)
        code, stderr = inner_exit(ran.exit_code, stderr)
        if self._sudo:
            refusal = refused_sudo(self.settings.user, code, stderr)
            if refusal is not None:
                return refusal
            if code == 127 and "sudo" in stderr:
                return not_installed("sudo")
            if code and lacks_program(stderr):
                return not_installed(tool_of(argv))
        failure = failure_of_run(artefact, argv, code, stderr)
        if failure is None:
            return Ran(ran.stdout, stderr.encode(), code)
        return self._with_rights(failure, argv, code, stderr)

    def _with_rights(
        self, failure: Failure, argv: Sequence[str], code: int, stderr: str
    ) -> Failure:
        """What needs more rights, with what would give them."""
        reason = failure.reason
        if reason is Reason.UNREACHABLE and _DENIED.search(stderr):
            said = last_line(stderr)
            failure = Failure(Reason.DENIED, f"{tool_of(argv)}: exit code {code}: {said}")
        if failure.reason is not Reason.DENIED or self._sudo:
            return failure
        hint = "--sudo" if self.settings.user != "root" else failure.hint
        return Failure(failure.reason, failure.detail, hint)

    def _origin(self, before: Sequence[str], argv: Sequence[str]) -> str:
        """As a person would type it. What a shell here would part from its quotes is quoted once
        more for the shell there."""
        there = shlex.join((*before, *argv))
        if there != " ".join((*before, *argv)):
            there = shlex.quote(there)
        return f"ssh {shlex.quote(self.settings.named)} -- {there}"


class _Attempt:
    """A connection that is being made, in a thread of its own: finding a host's address knows no
    time limit."""

    def __init__(self, settings: Settings, deadline: Deadline) -> None:
        self._settings = settings
        self._done = threading.Event()
        self._closed = False
        self._result: Connection | Failure | None = None
        name = f"ssh to {settings.named}"
        threading.Thread(target=self._make, args=(deadline,), name=name, daemon=True).start()

    @property
    def broke(self) -> bool:
        """True if it was made, and is no more."""
        return isinstance(self._result, Connection) and not self._result.is_alive

    @property
    def is_open(self) -> bool:
        """True if it was made, and is there."""
        return isinstance(self._result, Connection) and self._result.is_alive

    def result(self, deadline: Deadline) -> Connection | Failure:
        own = self._settings.connect_timeout_s + 1
        # Who makes it knows best what is wrong, and is done at the same time.
        if self._done.wait(min(deadline.left_s + 0.3, own)) and self._result is not None:
            return self._result
        limit = min(deadline.total_s, own)
        detail = f"no answer from {self._settings.server} within {limit:g} s"
        return Failure(Reason.TIMEOUT, detail)

    def close(self) -> None:
        self._closed = True
        if isinstance(self._result, Connection):
            self._result.close()

    def _make(self, deadline: Deadline) -> None:
        try:
            self._result = Connection.open(self._settings, deadline)
        except Exception as error:
            said = " ".join(str(error).split()) or "no message"
            self._result = Failure(Reason.UNREACHABLE, f"{type(error).__name__}: {said}")
        if self._closed:
            self.close()
        self._done.set()


def inner_exit(exit_code: int, stderr: str) -> tuple[int, str]:
    """The exit code of the command in a container, and stderr without crictl's line of it."""
    if exit_code != 1 or not (lines := stderr.rstrip().splitlines()):
        return exit_code, stderr
    found = _INNER_EXIT.fullmatch(lines[-1])
    if found is None:
        return exit_code, stderr
    return int(found.group(1)), "".join(f"{line}\n" for line in lines[:-1])
