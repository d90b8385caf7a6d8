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
from typing import IO, Literal

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
        try:
            end, stdout, stderr = _drain(process, began + timeout_s, lambda: self._closed)
        finally:
            with self._lock:
                self._running.discard(process)
            _end(process)
        return Finished(end, process.returncode, stdout, stderr, time.monotonic() - began)

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


def _drain(
    process: subprocess.Popen[bytes], deadline: float, closed: Callable[[], bool]
) -> tuple[End, bytes, bytes]:
    """Both streams together: a program that fills one never waits for us to read the other."""
    assert process.stdout is not None
    assert process.stderr is not None
    kept: dict[IO[bytes], list[bytes]] = {process.stdout: [], process.stderr: []}
    size = 0
    end: End = "exited"
    gone_at: float | None = None
    with selectors.DefaultSelector() as selector:
        for stream in kept:
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ, stream)
        while selector.get_map():
            now = time.monotonic()
            if gone_at is None and process.poll() is not None:
                gone_at = now
            if closed():
                end = "closed"
                break
            if size > MAX_OUTPUT_BYTES:
                end = "overflow"
                break
            if now >= deadline:
                end = "timeout" if gone_at is None else "exited"
                break
            if gone_at is not None and now >= gone_at + _LINGER_S:
                break
            for key, _ in selector.select(min(_TICK_S, deadline - now)):
                chunk = os.read(key.fd, _CHUNK_BYTES)
                if chunk:
                    kept[key.data].append(chunk)
                    size += len(chunk)
                else:
                    selector.unregister(key.data)
    if end == "exited" and gone_at is None:
        end = _await_exit(process, deadline)
    return end, b"".join(kept[process.stdout]), b"".join(kept[process.stderr])


def _await_exit(process: subprocess.Popen[bytes], deadline: float) -> End:
    """The program has closed its streams; its end may still take a moment."""
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
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
