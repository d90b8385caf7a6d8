"""The stand-in API server: TLS, tokens, faults, and a thread of its own."""

import asyncio
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from tests.lab.api.answers import broken, drop, failure
from tests.lab.api.faults import Fault, FaultKind, Faults
from tests.lab.api.kubeconfig import kubeconfig, write_private
from tests.lab.api.places import Resolver, lab_resolver
from tests.lab.api.rbac import User, admin, authenticate
from tests.lab.api.requests import Api, Options
from tests.lab.api.status import EXPIRED_CONTINUE, ApiError
from tests.lab.api.store import Store
from tests.lab.api.tls import server_tls

ADMIN_CONTEXT: Final = "lab"
_START_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    method: str
    path_qs: str
    user: str
    status: int
    """The answer's; 101 for an exec, 0 where the connection was ended."""


class ApiServer:
    """Serves `folder`'s Lists until stopped; a context manager.

    `users` maps a kubeconfig context to its user; by default one, "lab", who may do everything.
    `requests` has all that were asked (never tokens); `faults` may be changed at any time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        resolver: Resolver | None = None,
        users: Mapping[str, User] | None = None,
        options: Options | None = None,
        fault_file: Path | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.store = Store(folder)
        self.users = dict(users or {ADMIN_CONTEXT: admin()})
        self.faults = Faults(fault_file)
        self.requests: list[Seen] = []
        self._under_way = 0
        place_of = resolver or lab_resolver(folder.parent / "lab.json", self.store)
        self._api = Api(self.store, place_of, options or Options())
        self._tls, self.ca_pem = server_tls(address)
        self._address, self._port = address, port
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """Where it is served (once started)."""
        host = f"[{self._address}]" if ":" in self._address else self._address
        return f"https://{host}:{self._port}"

    def settled(self, within_s: float = 10.0) -> list[Seen]:
        """The requests, once none is under way: a client has its answer before its end is noted.
        TimeoutError if that does not come."""
        ends_at = time.monotonic() + within_s
        while self._under_way:
            if time.monotonic() > ends_at:
                raise TimeoutError(f"{self._under_way} requests have no end")
            time.sleep(0.005)
        return self.requests

    def write_kubeconfig(self, path: Path) -> Path:
        """A kubeconfig with all contexts, for its owner only."""
        write_private(path, kubeconfig(self.url, self.ca_pem, self.users))
        return path

    def start(self) -> "ApiServer":
        """Serve in a thread; returns when requests are taken; raises what hinders it (OSError)."""
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(started)), name="stand-in-api", daemon=True
        )
        self._thread.start()
        started.result(_START_S)
        return self

    def stop(self) -> None:
        """End at once, with the commands that still run; may be called twice."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        thread.join(_START_S)

    def __enter__(self) -> "ApiServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _serve(self, started: "Future[None]") -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        application = web.Application(client_max_size=3 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.2
        )
        await runner.setup()
        try:
            listener = _listener(self._address, self._port)
            self._port = listener.getsockname()[1]
            await web.SockSite(runner, listener, ssl_context=self._tls).start()
        except OSError as error:
            started.set_exception(error)
            await runner.cleanup()
            return
        started.set_result(None)
        await self._stopping.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """One request with the faults that concern it; a failure becomes a Status."""
        faults = self.faults.hit(request.path_qs)
        name, status = "", 0
        self._under_way += 1
        try:
            user = authenticate(request.headers.get("Authorization"), self.users.values())
            name = user.name
            for fault in faults:
                await _suffer(fault)
            cut = next((fault for fault in faults if fault.kind is FaultKind.BREAK), None)
            after = None if cut is None else cut.after_bytes or 0
            answer = await self._api.answer(request, user, after)
            status = answer.status
            if cut is not None and isinstance(answer, web.Response):
                return await broken(request, answer, cut.after_bytes)
            return answer
        except ApiError as error:
            status = error.code
            return failure(request, error)
        except _Reset:
            drop(request)
            return web.Response(status=500)
        finally:
            self.requests.append(Seen(request.method, request.path_qs, name, status))
            self._under_way -= 1


class _Reset(Exception):  # noqa: N818 - no mistake: it was asked for
    """The connection is to end without an answer."""


async def _suffer(fault: Fault) -> None:
    match fault.kind:
        case FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        case FaultKind.STATUS:
            raise ApiError(fault.code, fault.message, retry_after_s=fault.retry_after_s)
        case FaultKind.RESET:
            raise _Reset
        case FaultKind.EXPIRED:
            raise ApiError(410, EXPIRED_CONTINUE)
        case FaultKind.BREAK:
            pass  # in the answer itself


def _listener(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.create_server((address, port), family=family)
