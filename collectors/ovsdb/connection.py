"""One connection to a server: JSON-RPC requests and their answers, within a limit of time and of
bytes. The server's echo requests are answered meanwhile: one that hears nothing hangs up."""

import contextlib
import json
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from collectors.ovsdb.framing import Documents, NoDocumentError
from collectors.ovsdb.handshake import HUNG_UP_IN_HANDSHAKE, of_socket, of_tls
from collectors.ovsdb.remote import Remote
from collectors.ovsdb.trouble import OvsdbTroubleError, trouble
from ovntrace.model.capture import Reason

if TYPE_CHECKING:
    import ssl

# As much as a tool's output may have.
MAX_REPLY_BYTES: Final = 1 << 30
_CHUNK_BYTES: Final = 1 << 18
_LONGER: Final = "try a longer --timeout"
# Of what is told while an answer is awaited no more than this is kept.
_MOST_UNASKED: Final = 100


class RpcError(Exception):
    """The server's own word why it does not do what was asked."""


class Connection:
    """Used by one thread."""

    def __init__(self, remote: Remote, deadline: float) -> None:
        """`deadline` is of the monotonic clock, and may be moved."""
        self.remote = remote
        self.deadline = deadline
        self._documents = Documents()
        self._read = 0
        self._sent = 0
        self._unasked: deque[dict[str, Any]] = deque()
        self._was_answered = False
        self._closed = False
        self._socket: socket.socket | None = None

    def open(self, context: "Callable[[], ssl.SSLContext]") -> None:
        """Connect, and shake hands where it is TLS. OvsdbTroubleError if it can't be."""
        secure = context() if self.remote.method == "ssl" else None
        try:
            self._socket = self._connected()
        except OSError as error:
            raise self._trouble(error, "connection") from None
        if secure is None:
            return
        try:
            self._socket.settimeout(self._left())
            self._socket = secure.wrap_socket(self._socket)
        except OSError as error:
            if isinstance(error, TimeoutError) or self._closed:
                raise self._trouble(error, "TLS handshake") from None
            raise OvsdbTroubleError(of_tls(error) or HUNG_UP_IN_HANDSHAKE) from None

    def _connected(self) -> socket.socket:
        """The first of the host's addresses that takes us; none has another's time."""
        remote = self.remote
        if remote.method == "unix":
            places: list[tuple[int, Any]] = [(socket.AF_UNIX, remote.host)]
        else:
            found = socket.getaddrinfo(remote.host, remote.port, type=socket.SOCK_STREAM)
            places = [(family, address) for family, _, _, _, address in found]
        last: OSError = TimeoutError()
        for at, (family, address) in enumerate(places):
            plain = socket.socket(family)
            try:
                plain.settimeout(self._left() / (len(places) - at))
                plain.connect(address)
            except OSError as error:
                last = error
                plain.close()
            else:
                return plain
        raise last

    def call(self, *requests: tuple[str, Sequence[Any]]) -> list[Any]:
        """Send requests at once, and wait for all answers: a result or an RpcError for each.
        OvsdbTroubleError if the server does not answer so."""
        first = self._sent
        for method, params in requests:
            self._send({"method": method, "params": params, "id": self._sent})
            self._sent += 1
        found: dict[int, Any] = {}
        while len(found) < len(requests):
            message = self._receive()
            at = message.get("id")
            if message.get("method") is not None:
                self._answer(message)
                self._keep(message)
            elif isinstance(at, int) and first <= at < self._sent:
                error = message.get("error")
                found[at] = message.get("result") if error is None else RpcError(_said(error))
        self._read = 0
        return [found[at] for at in range(first, self._sent)]

    def notice(self, silence_s: float) -> dict[str, Any] | None:
        """The next message that comes unasked, or the answer to a `ping`; None if not a byte comes
        for `silence_s` seconds. OvsdbTroubleError if the server hangs up."""
        if self._unasked:
            return self._unasked.popleft()
        message = None
        while message is None:
            read_before = self._read
            self.deadline = time.monotonic() + silence_s
            try:
                message = self._receive()
            except OvsdbTroubleError as error:
                if error.failure.reason is not Reason.TIMEOUT:
                    raise
                if self._read == read_before:
                    return None
        self._read = 0
        if message.get("method") is not None:
            self.deadline = time.monotonic() + silence_s
            self._answer(message)
        return message

    def ping(self, silence_s: float) -> None:
        """Ask whether anybody is there; the answer comes as a notice."""
        self.deadline = time.monotonic() + silence_s
        self._send({"method": "echo", "params": [], "id": "echo"})

    def hang_up(self) -> None:
        """What waits there ends; whoever uses the connection closes it. Any thread may do it."""
        self._closed = True
        if (connected := self._socket) is not None:
            with contextlib.suppress(OSError):  # the other side was faster
                connected.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up, and give the socket back."""
        self.hang_up()
        if self._socket is not None:
            self._socket.close()

    def _answer(self, message: dict[str, Any]) -> None:
        """Of what servers ask or tell unasked only echo wants an answer (RFC 7047, 4.1.11)."""
        if message["method"] == "echo" and message.get("id") is not None:
            self._send({"id": message["id"], "result": message.get("params"), "error": None})

    def _keep(self, message: dict[str, Any]) -> None:
        """A change that is told while the answer to another request is awaited is none that may
        be lost."""
        if message["method"] != "update":
            return
        if len(self._unasked) >= _MOST_UNASKED:
            raise trouble(Reason.UNPARSABLE, "it tells changes, and does not answer")
        self._unasked.append(message)

    def _send(self, message: dict[str, Any]) -> None:
        try:
            data = json.dumps(message).encode()
        except RecursionError:
            raise trouble(Reason.UNPARSABLE, "it wants an echo of values without end") from None
        try:
            self._ready().sendall(data)
        except TimeoutError as error:
            raise self._trouble(error) from None
        except OSError:
            # Whoever hangs up may have said why.
            self._documents.feed(self._chunk())

    def _receive(self) -> dict[str, Any]:
        while True:
            try:
                message = self._documents.next()
            except NoDocumentError as error:
                raise _no_ovsdb(error.head) from None
            except (ValueError, RecursionError) as error:
                detail = f"an answer is not JSON: {type(error).__name__}"
                raise trouble(Reason.UNPARSABLE, detail) from None
            if message is not None:
                return message
            self._documents.feed(self._chunk())

    def _chunk(self) -> bytes:
        try:
            data = self._ready().recv(_CHUNK_BYTES)
        except TimeoutError as error:
            raise self._trouble(error) from None
        except OSError as error:
            if self.remote.method == "ssl" and (failure := of_tls(error)) is not None:
                raise OvsdbTroubleError(failure) from None
            data = b""  # cut off: the same as hung up
        if not data:
            raise self._hung_up()
        self._was_answered = True
        self._read += len(data)
        if self._read > MAX_REPLY_BYTES:
            raise trouble(Reason.TRUNCATED, "it wrote more than is read")
        return data

    def _hung_up(self) -> OvsdbTroubleError:
        if self._closed:
            return trouble(Reason.UNREACHABLE, "stopped")
        if not self._documents.is_empty:
            return trouble(Reason.TRUNCATED, "the server hung up in the middle of an answer")
        if self.remote.method == "ssl" and not self._was_answered:
            detail = "the server hung up right after the handshake"
            return trouble(Reason.UNREACHABLE, detail, "does it trust the CA of --certificate?")
        hint = "is it an OVSDB port, and none that wants ssl:?" if not self._was_answered else ""
        return trouble(Reason.UNREACHABLE, "the server hung up without an answer", hint)

    def _ready(self) -> socket.socket:
        """The socket, with what is left of the time as its limit."""
        if self._socket is None or self._closed:
            raise trouble(Reason.UNREACHABLE, "stopped")
        self._socket.settimeout(self._left())
        return self._socket

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _trouble(self, error: OSError, awaited: str = "answer") -> OvsdbTroubleError:
        if self._closed:
            return trouble(Reason.UNREACHABLE, "stopped")
        if isinstance(error, TimeoutError):
            return trouble(Reason.TIMEOUT, f"no {awaited} within the time", _LONGER)
        return OvsdbTroubleError(of_socket(error, self.remote))


def _no_ovsdb(head: bytes) -> OvsdbTroubleError:
    said = head.decode("utf-8", "backslashreplace").splitlines()[0][:60]
    return trouble(
        Reason.UNPARSABLE,
        f"no OVSDB server: it says {said!r}",
        "is it another service's port, or one that wants ssl:?",
    )


def _said(error: Any) -> str:
    if isinstance(error, dict):
        words = [error.get(key) for key in ("error", "details")]
        return ": ".join(word for word in words if isinstance(word, str))[:200] or "an error"
    return str(error)[:200]
