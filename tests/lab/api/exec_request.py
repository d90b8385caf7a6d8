"""An exec request before and after its upgrade: pod and container, then the session."""

from aiohttp import web

from tests.lab.api.answers import drop
from tests.lab.api.exec import STDERR, STDIN, STDOUT, V4, V5, Broken, ExecSession
from tests.lab.api.places import ExecPlace, Resolver
from tests.lab.api.resources import ApiPath
from tests.lab.api.status import ApiError, exec_internal_error, not_found
from tests.lab.api.store import Object, Store


async def exec_pod(
    request: web.Request,
    path: ApiPath,
    store: Store,
    resolver: Resolver,
    *,
    bad_request_if_pending: bool,
    break_after_bytes: int | None,
) -> web.StreamResponse:
    """The whole of one exec; raises ApiError for what is wrong before the upgrade."""
    pod = store.pod(path.namespace, path.name)
    if pod is None:
        raise not_found("pods", "", path.name)
    container = _container(pod, request.query.get("container", ""))
    command = request.query.getall("command", [])
    if not command:
        raise ApiError(400, "you must specify at least 1 command for the container")
    streams = _streams(request)
    protocol = _protocol(request)
    if not pod["spec"].get("nodeName"):
        raise ApiError(400, f"pod {path.name} does not have a host assigned")
    place = _place(pod, container, path.namespace, resolver)
    absent = f'container not found ("{container}")'
    if place is None and bad_request_if_pending:
        raise ApiError(400, absent)
    if place is None and protocol != V5:
        return web.Response(status=500, text=absent)
    socket = web.WebSocketResponse(protocols=(protocol,), max_msg_size=0, compress=False)
    await socket.prepare(request)
    session = ExecSession(socket, break_after_bytes=break_after_bytes)
    if place is None:
        await session.finish(exec_internal_error(f"unable to upgrade connection: {absent}"))
        return socket
    try:
        await session.run(place, command, streams, tty=_true(request, "tty"))
    except Broken:
        drop(request)
    except ConnectionError:
        pass  # the client went away; its command was ended
    return socket


def _container(pod: Object, asked: str) -> str:
    """The container to execute in, by the API server's rules; ApiError 400 where there is none."""
    names = [str(one["name"]) for one in pod["spec"].get("containers") or []]
    initial = [str(one["name"]) for one in pod["spec"].get("initContainers") or []]
    name = pod["metadata"]["name"]
    if asked:
        if asked not in names + initial:
            raise ApiError(400, f"container {asked} is not valid for pod {name}")
        return asked
    if len(names) == 1:
        return names[0]
    raise ApiError(
        400, f"a container name must be specified for pod {name}, choose one of: {_listed(names)}"
    )


def _listed(names: list[str]) -> str:
    return f"[{' '.join(names)}]"


def _streams(request: web.Request) -> frozenset[int]:
    wanted = {
        channel
        for name, channel in (("stdin", STDIN), ("stdout", STDOUT), ("stderr", STDERR))
        if _true(request, name)
    }
    if not wanted:
        raise ApiError(400, "you must specify at least 1 of stdin, stdout, stderr")
    return frozenset(wanted)


def _true(request: web.Request, name: str) -> bool:
    return request.query.get(name, "") in ("1", "true")


def _protocol(request: web.Request) -> str:
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise ApiError(400, "Upgrade request required")
    offered = request.headers.get("Sec-WebSocket-Protocol", "").replace(" ", "").split(",")
    for protocol in offered:
        if protocol in (V5, V4):
            return protocol
    raise ApiError(400, f"unable to upgrade: unsupported subprotocols {offered}; use {V5} or {V4}")


def _place(pod: Object, container: str, namespace: str, resolver: Resolver) -> ExecPlace | None:
    """Where the container runs; None where it does not."""
    if pod.get("status", {}).get("phase") != "Running":
        return None
    return resolver(namespace, pod["metadata"]["name"], container)
