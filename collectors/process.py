"""Programs on this machine: an argument vector in, bytes out, never without a limit."""

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

# More than any database that a tool could list within a sensible time.
MAX_OUTPUT_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 18
# How long to wait for the streams' end once the program is gone: a child of its own may keep
# them open for ever.
_LINGER_S = 0.5
_TICK_S = 0.1

End = Literal["exited", "timeout", "closed", "overflow"]


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program left behind. `exit_code` is negative after a signal (subprocess's way)."""

    end: End
    exit_code: int
    stdout: bytes
    stderr: bytes
    seconds: float


class Processes:
    """Runs programs, each in a process group of its own, and ends all of them on close()."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        base = os.environ if environ is None else environ
        # The tools' messages are read to tell one failure from another: no translations.
        self._environ = {**base, "LC_ALL": "C"}
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def run(self, argv: Sequence[str], timeout_s: float) -> Finished:
        """Run to the end, or for `timeout_s` seconds.

        Raises OSError if the program can't be started (FileNotFoundError: no such program).
        """
        began = time.monotonic()
        process = self._start(argv)
        if process is None:
            return Finished("closed", -signal.SIGKILL, b"", b"", 0.0)
        run = _Run(process, began + timeout_s, lambda: self._closed)
        try:
            end = run.drain()
        finally:
            with self._lock:
                self._running.discard(process)
            _end(process)
        if self._closed and process.returncode == -signal.SIGKILL:
            end = "closed"  # its streams ended before we looked
        seconds = time.monotonic() - began
        return Finished(end, process.returncode, run.stdout, run.stderr, seconds)

    def close(self) -> None:
        """End what runs; nothing is started any more."""
        with self._lock:
            self._closed = True
            running = tuple(self._running)
        for process in running:
            _kill_group(process)

    def _start(self, argv: Sequence[str]) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closed:
                return None
            process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environ,
                start_new_session=True,
            )
            self._running.add(process)
            return process


class _Run:
    """Both streams of a process read together: a program that fills one never waits for us to
    read the other."""

    def __init__(
        self, process: subprocess.Popen[bytes], deadline: float, closed: Callable[[], bool]
    ) -> None:
        self._process = process
        self._deadline = deadline
        self._closed = closed
        self._out: list[bytes] = []
        self._err: list[bytes] = []
        self._size = 0
        self._gone_at: float | None = None

    @property
    def stdout(self) -> bytes:
        return b"".join(self._out)

    @property
    def stderr(self) -> bytes:
        return b"".join(self._err)

    def drain(self) -> End:
        """Read until both streams end, or a reason to stop comes up."""
        with selectors.DefaultSelector() as selector:
            for stream, kept in (
                (self._process.stdout, self._out),
                (self._process.stderr, self._err),
            ):
                assert stream is not None
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, selectors.EVENT_READ, kept)
            while selector.get_map():
                end = self._reason_to_stop()
                if end is not None:
                    return end
                for key, _ in selector.select(_TICK_S):
                    self._read(selector, key)
        return self._await_exit()

    def _reason_to_stop(self) -> End | None:
        now = time.monotonic()
        if self._gone_at is None and self._process.poll() is not None:
            self._gone_at = now
        if self._closed():
            return "closed"
        if self._size > MAX_OUTPUT_BYTES:
            return "overflow"
        if self._gone_at is not None:
            if now >= min(self._deadline, self._gone_at + _LINGER_S):
                _kill_group(self._process)  # whoever of its children holds the streams
                return "exited"
            return None
        return "timeout" if now >= self._deadline else None

    def _read(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        try:
            chunk = os.read(key.fd, _CHUNK_BYTES)
        except BlockingIOError:
            return
        if chunk:
            key.data.append(chunk)
            self._size += len(chunk)
        else:
            selector.unregister(key.fileobj)

    def _await_exit(self) -> End:
        """The program has closed its streams; its end may still take a moment."""
        while self._process.poll() is None:
            try:
                self._process.wait(min(_TICK_S, max(0.0, self._deadline - time.monotonic())))
            except subprocess.TimeoutExpired:
                if self._closed():
                    return "closed"
                if time.monotonic() >= self._deadline:
                    return "timeout"
        return "exited"


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        _kill_group(process)
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
