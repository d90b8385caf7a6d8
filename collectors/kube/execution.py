"""Commands in containers by WebSocket: our own loop, in bytes and in linear time.

The kubernetes package's own client joins each frame to a string, which takes quadratic time, and
knows no limit for the whole.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from collectors.deadline import Deadline
from collectors.kube.access import Access
from collectors.kube.api import tls_trouble
from collectors.kube.channels import SUBPROTOCOLS, Channels
from collectors.kube.refusal import TRANSIENT, Question, failure_of_status
from collectors.kube.silent_nodes import has_no_way
from collectors.tool_failure import Failure, decode, timed_out, tool_of
from ovntrace.model.capture import Reason

_MAX_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Container:
    """Where a command runs. `node` is empty where it is not known."""

    namespace: str
    pod: str
    name: str
    node: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.pod} ({self.name})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A command that ran to its end. `exit_code` is None if it could not be started: `message`
    says why."""

    stdout: bytes
    stderr: str
    exit_code: int | None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Unheard(Failure):
    """Nothing of the command was heard, and why may lie with its node."""


class Executor:
    """Runs argument vectors in containers. Safe to use from several threads."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lock = threading.Lock()
        self._open: set[Any] = set()
        self._closed = False

    def run(
        self, container: Container, argv: Sequence[str], deadline: Deadline
    ) -> Outcome | Failure:
        """The command's output, or why there is none. What breaks before the command has said
        anything is tried again: all our commands only read."""
        failure = timed_out(tool_of(argv), deadline.total_s)
        for _ in deadline.tries():
            if self._closed:
                return Failure(Reason.UNREACHABLE, "stopped")
            result = self._once(container, argv, deadline)
            if not isinstance(result, _Passing):
                return result
            failure = result.failure
        return failure

    def close(self) -> None:
        """Break all connections: who waits for one goes on at once."""
        with self._lock:
            self._closed = True
            open_now = tuple(self._open)
        for connection in open_now:
            _break(connection)

    def _once(
        self, container: Container, argv: Sequence[str], deadline: Deadline
    ) -> "Outcome | Failure | _Passing":
        connection = self._connect(container, argv, deadline)
        if isinstance(connection, Failure | _Passing):
            return connection
        # The socket's own limit starts anew with each byte that comes.
        alarm = threading.Timer(deadline.left_s, _break, (connection,))
        alarm.daemon = True
        alarm.start()
        try:
            return self._receive(connection, container, argv, deadline)
        finally:
            alarm.cancel()
            with self._lock:
                self._open.discard(connection)
            _break(connection)
            with contextlib.suppress(Exception):
                connection.shutdown()

    def _connect(self, container: Container, argv: Sequence[str], deadline: Deadline) -> Any:
        """A websocket.WebSocket that is open, a Failure, or a _Passing."""
        import websocket

        question = Question("get", "pods/exec", container.namespace)
        connection: Any = websocket.WebSocket(
            sslopt=self._ssl_options(), skip_utf8_validation=True, enable_multithread=False
        )
        connection.settimeout(deadline.left_s)
        try:
            connection.connect(
                self._url(container, argv),
                header=[f"{key}: {value}" for key, value in self._access.headers().items()],
                subprotocols=list(SUBPROTOCOLS),
                suppress_origin=True,
                redirect_limit=0,
                **self._proxy_options(),
            )
        except websocket.WebSocketBadStatusException as error:
            failure = failure_of_status(error.status_code, error.resp_body or b"", question)
            if error.status_code in TRANSIENT:
                return _Passing(_unheard(failure) if has_no_way(failure.detail) else failure)
            return failure
        except ssl.SSLError as error:
            return self._unreachable(tls_trouble(error))
        except (websocket.WebSocketTimeoutException, TimeoutError):
            return _unheard(timed_out(tool_of(argv), deadline.total_s))
        except (ConnectionResetError, websocket.WebSocketConnectionClosedException) as error:
            return _Passing(self._unreachable(_said(error)))
        except (websocket.WebSocketException, OSError, ValueError) as error:
            return self._unreachable(_said(error))
        status = connection.getstatus()
        if status != 101:
            # The package takes a redirection, of a login page for instance, for a success.
            connection.shutdown()
            return failure_of_status(status or 0, b"", question)
        with self._lock:
            if not self._closed:
                self._open.add(connection)
                return connection
        connection.shutdown()
        return Failure(Reason.UNREACHABLE, "stopped")

    def _receive(
        self,
        connection: Any,
        container: Container,
        argv: Sequence[str],
        deadline: Deadline,
    ) -> "Outcome | Failure | _Passing":
        import websocket

        channels = Channels()
        broke = ""
        try:
            while channels.size <= _MAX_BYTES:
                connection.settimeout(deadline.left_s)
                opcode, data = connection.recv_data()
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    break
                channels.take(data if isinstance(data, bytes) else data.encode())
        except (websocket.WebSocketException, OSError, ValueError) as error:
            broke = _said(error)
        end = channels.ended()
        if end is not None:
            return Outcome(
                b"".join(channels.stdout),
                decode(b"".join(channels.stderr)),
                end.exit_code,
                end.message,
            )
        if self._closed:
            return Failure(Reason.UNREACHABLE, "stopped")
        if deadline.passed:
            failure = timed_out(tool_of(argv), deadline.total_s)
            return failure if channels.began else _unheard(failure)
        if channels.size > _MAX_BYTES:
            return Failure(Reason.TRUNCATED, f"{tool_of(argv)} wrote more than is read")
        why = broke or "closed without a word of how the command ended"
        if channels.began:
            detail = f"the connection broke after {channels.size} bytes: {why}"
            return Failure(Reason.TRUNCATED, detail, "try again")
        return _Passing(self._unreachable(f"exec in {container}: {why}"))

    def _url(self, container: Container, argv: Sequence[str]) -> str:
        path = f"/api/v1/namespaces/{quote(container.namespace, safe='')}/pods/" + quote(
            container.pod, safe=""
        )
        query = [("command", word) for word in argv]
        query += [("container", container.name), ("stdout", "true"), ("stderr", "true")]
        query += [("stdin", "false"), ("tty", "false")]
        return f"{self._access.websocket_server}{path}/exec?{urlencode(query)}"

    def _ssl_options(self) -> dict[str, Any]:
        context = self._access.tls
        if context is None:
            return {}
        options: dict[str, Any] = {"context": context}
        if self._access.tls_server_name:
            options["server_hostname"] = self._access.tls_server_name
        return options

    def _proxy_options(self) -> dict[str, Any]:
        proxy = self._access.proxy
        if proxy is None:
            # The package would look into the environment by itself, by other rules than ours.
            return {"http_no_proxy": ["*"]}
        options: dict[str, Any] = {
            "http_proxy_host": proxy.host,
            "http_proxy_port": proxy.port,
            "http_no_proxy": ["proxy.bypassed.invalid"],
        }
        if proxy.user is not None:
            options["http_proxy_auth"] = (proxy.user, proxy.password or "")
        return options

    def _unreachable(self, said: str) -> Failure:
        return Failure(Reason.UNREACHABLE, f"{self._access.server}: {said}")


@dataclass(frozen=True, slots=True)
class _Passing:
    """A failure that may pass: nothing of the command has come."""

    failure: Failure


def _unheard(failure: Failure) -> Unheard:
    return Unheard(failure.reason, failure.detail, failure.hint)


def _break(connection: Any) -> None:
    """Wakes whoever reads from it, in any thread; the socket's owner closes it."""
    raw = connection.sock
    if raw is not None:
        with contextlib.suppress(OSError, ValueError):
            # Not the SSL socket's own: that one drops its state under the reader's feet.
            socket.socket.shutdown(raw, socket.SHUT_RDWR)


def _said(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:300] or type(error).__name__
