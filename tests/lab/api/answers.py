"""HTTP answers of the API: JSON, compressed when asked for, and failures as Status objects."""

import gzip
import json
from typing import Any, Final

from aiohttp import web

from tests.lab.api.status import ApiError

_GZIP_FROM_BYTES: Final = 128 * 1024  # as k8s.io/apiserver, whose level is 1 too


def json_answer(request: web.Request, value: Any, status: int = 200) -> web.Response:
    """JSON; gzipped where the client takes it and it is worth it."""
    body = json.dumps(value, separators=(",", ":")).encode()
    headers = {"Cache-Control": "no-cache, private"}
    if len(body) > _GZIP_FROM_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, compresslevel=1)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def failure(request: web.Request, error: ApiError) -> web.Response:
    """A failure's Status object."""
    answer = json_answer(request, error.status(), error.code)
    if error.retry_after_s is not None:
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def no_such_path() -> web.Response:
    """What the API server's mux says of a path that no group has: text, no Status."""
    return web.Response(status=404, text="404 page not found\n")


async def broken(
    request: web.Request, answer: web.Response, after_bytes: int | None
) -> web.StreamResponse:
    """Send a part of an answer (half of it if not told), then end the connection."""
    assert isinstance(answer.body, bytes)
    partial = web.StreamResponse(status=answer.status, headers=answer.headers)
    partial.content_length = len(answer.body)
    await partial.prepare(request)
    await partial.write(
        answer.body[: len(answer.body) // 2 if after_bytes is None else after_bytes]
    )
    drop(request)
    return partial


def drop(request: web.Request) -> None:
    """End the connection; what was sent before still arrives."""
    if request.transport is not None:
        request.transport.close()
