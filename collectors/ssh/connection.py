"""One connection to a host, and the commands on it: several at once, each with a time limit."""

import contextlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.deadline import Deadline
from collectors.ssh.command_line import Streams, command_line, streams_of
from collectors.ssh.connecting import Route
from collectors.ssh.pulse import Pulse
from collectors.ssh.settings import Settings
from collectors.tool_failure import Failure, last_line, timed_out, tool_of
from ovntrace.model.capture import Reason

if TYPE_CHECKING:
    import paramiko

# sshd takes ten sessions of a connection (MaxSessions) if nobody told it otherwise.
_SESSIONS = 6
_WINDOW_BYTES = 8 << 20
_PACKET_BYTES = 1 << 15
_CHUNK_BYTES = 1 << 18
_MAX_BYTES = 1 << 30
_TICK_S = 0.1
# How long to wait for the end of the streams once the command is gone: a child of its own may
# keep them open for ever.
_LINGER_S = 0.5


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ran to its end."""

    stdout: bytes
    stderr: bytes
    exit_code: int


class Connection:
    """An open connection. Safe to use from several threads."""

    def __init__(self, settings: Settings, route: Route) -> None:
        self._settings = settings
        self._route = route
        self._sessions = threading.BoundedSemaphore(_SESSIONS)
        self._opening = threading.Lock()
        self._count_lock = threading.Lock()
        self._open_count = 0
        self._pulse = Pulse(route.last, settings.alive_s, settings.alive_count)

    @staticmethod
    def open(settings: Settings, deadline: Deadline) -> "Connection | Failure":
        """Connect and log in."""
        own = settings.connect_timeout_s
        limit = deadline if deadline.left_s <= own else Deadline.after(own)
        route = Route()
        return route.open(settings, limit) or Connection(settings, route)

    @property
    def is_alive(self) -> bool:
        """False once it broke, or was closed."""
        return bool(self._route.last.is_active())

    def close(self) -> None:
        """Break it: who waits for a command goes on at once."""
        self._pulse.stop()
        self._route.close()

    def run(self, argv: Sequence[str], deadline: Deadline) -> Ran | Failure:
        """The command's output, or why there is none."""
        if not self._sessions.acquire(timeout=deadline.left_s):
            return timed_out(tool_of(argv), deadline.total_s)
        try:
            channel = self._channel(argv, deadline)
            if isinstance(channel, Failure):
                return channel
            with self._count_lock:
                self._open_count += 1
            try:
                return self._run(channel, argv, deadline)
            finally:
                with self._count_lock:
                    self._open_count -= 1
                with contextlib.suppress(Exception):
                    channel.close()
        finally:
            self._sessions.release()

    def _channel(self, argv: Sequence[str], deadline: Deadline) -> "paramiko.Channel | Failure":
        """A session. A server that takes fewer at once is asked again while others end."""
        import paramiko

        while True:
            try:
                return self._open_channel(deadline)
            except paramiko.ChannelException as error:
                if self._open_count and not deadline.passed:
                    time.sleep(_TICK_S)
                    continue
                said = f"the server takes no command: {error.text or 'no reason given'}"
                return Failure(Reason.DENIED, said)
            except (paramiko.SSHException, OSError, EOFError) as error:
                if deadline.passed:
                    return timed_out(tool_of(argv), deadline.total_s)
                return self._broken(0, str(error))

    def _open_channel(self, deadline: Deadline) -> "paramiko.Channel":
        """One after the other: the library keeps a refusal where another thread may take it."""
        if not self._opening.acquire(timeout=deadline.left_s):
            raise TimeoutError
        try:
            return self._route.last.open_channel(
                "session",
                window_size=_WINDOW_BYTES,
                max_packet_size=_PACKET_BYTES,
                timeout=deadline.left_s,
            )
        finally:
            self._opening.release()

    def _run(
        self, channel: "paramiko.Channel", argv: Sequence[str], deadline: Deadline
    ) -> Ran | Failure:
        import paramiko

        line = command_line(argv)
        reading = _Reading(channel, deadline)
        try:
            channel.settimeout(deadline.left_s)
            channel.exec_command(line.text)
            channel.shutdown_write()
            end = reading.drain()
        except (paramiko.SSHException, OSError, EOFError) as error:
            if self.is_alive and isinstance(error, paramiko.SSHException):
                return Failure(Reason.DENIED, "the server runs no commands for that user")
            end = ""
        if end == "timeout":
            return timed_out(tool_of(argv), deadline.total_s)
        if end == "overflow":
            return Failure(Reason.TRUNCATED, f"{tool_of(argv)} wrote more than is read")
        streams = streams_of(line, reading.stdout, reading.stderr)
        if end != "ended":
            if self._breaks():
                return self._broken(len(streams.stdout) if streams.ran else 0, "")
            return Failure(Reason.UNREACHABLE, f"{tool_of(argv)} was killed")
        if not streams.ran:
            return self._never_ran(streams)
        return Ran(streams.stdout, streams.stderr, channel.exit_status)

    def _breaks(self) -> bool:
        """True if the connection is gone: it says so a moment after its commands have ended."""
        limit = time.monotonic() + _LINGER_S
        while self.is_alive and time.monotonic() < limit:
            time.sleep(_TICK_S / 10)
        return not self.is_alive

    def _broken(self, size: int, said: str) -> Failure:
        if self._pulse.is_gone:
            limit = self._settings.alive_s * self._settings.alive_count
            why = f"no sign of life for {limit:g} s"
        else:
            why = "the connection was closed" if not said or "active" in said else said
        if size:
            return Failure(Reason.TRUNCATED, f"broken off after {size} bytes: {why}", "ask again")
        return Failure(Reason.UNREACHABLE, f"the connection broke: {why}", "ask again")

    def _never_ran(self, streams: Streams) -> Failure:
        said = last_line((streams.stderr or streams.stdout).decode("utf-8", "replace"))
        words = f": {said}" if said else ""
        return Failure(
            Reason.DENIED,
            f"the login shell of {self._settings.user} did not run the command{words}",
            "a user whose shell is a POSIX shell and runs commands",
        )


class _Reading:
    """Both streams of a command read together, so that neither waits for the other."""

    def __init__(self, channel: "paramiko.Channel", deadline: Deadline) -> None:
        self._channel, self._deadline = channel, deadline
        self.stdout: list[bytes] = []  # in pieces
        self.stderr: list[bytes] = []
        self.size = 0

    def drain(self) -> str:
        """`ended` with an exit code, `timeout`, `overflow`, or `lost`."""
        channel = self._channel
        quiet_since: float | None = None
        out_open = True
        while True:
            if self._deadline.passed:
                return "timeout"
            if self.size > _MAX_BYTES:
                return "overflow"
            before = self.size
            while channel.recv_stderr_ready():
                self._keep(self.stderr, channel.recv_stderr(_CHUNK_BYTES))
            out_open = self._read_stdout() if out_open else False
            if self.size != before:
                quiet_since = None
                continue
            if channel.closed or (not out_open and channel.eof_received):
                return self._end()
            if not out_open:
                time.sleep(_TICK_S / 10)
            if channel.exit_status_ready():
                quiet_since = quiet_since or time.monotonic()
                if time.monotonic() - quiet_since > _LINGER_S:
                    return self._end()

    def _read_stdout(self) -> bool:
        """False at its end."""
        self._channel.settimeout(min(_TICK_S, self._deadline.left_s))
        try:
            chunk = self._channel.recv(_CHUNK_BYTES)
        except TimeoutError:
            return True
        self._keep(self.stdout, chunk)
        return bool(chunk)

    def _keep(self, kept: list[bytes], chunk: bytes) -> None:
        kept.append(chunk)
        self.size += len(chunk)

    def _end(self) -> str:
        """The exit code comes after the streams' end, and before the channel's."""
        while not self._channel.status_event.wait(_TICK_S):
            if self._deadline.passed:
                return "timeout"
        while self._channel.recv_stderr_ready():
            self._keep(self.stderr, self._channel.recv_stderr(_CHUNK_BYTES))
        return "ended" if self._channel.exit_status >= 0 else "lost"
