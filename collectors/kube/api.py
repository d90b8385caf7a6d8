"""Raw lists from the API server: bytes, page by page, with retries for what passes."""

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from collectors.deadline import Deadline
from collectors.kube.access import Access
from collectors.kube.refusal import TRANSIENT, Question, failure_of_status
from collectors.tool_failure import Failure, timed_out
from ovntrace.model.capture import Reason

if TYPE_CHECKING:
    import urllib3

_PAGE_OBJECTS = 500
_CHUNK_BYTES = 1 << 18
_MAX_BYTES = 1 << 30
_CONNECT_S = 10.0
_CONTINUE = re.compile(rb'"continue"\s*:\s*"[^"]')
_MAX_RESTARTS = 2
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip"}
_OF_REVIEW = {**_HEADERS, "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and the server's time when it gave it, as its Date header has it; empty if it has
    none."""

    code: int
    body: bytes
    date: str = ""


class Api:
    """Requests that only read. Safe to use from several threads."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._pool = _make_pool(access)

    def get(self, path: str, question: Question, deadline: Deadline) -> bytes | Failure:
        """The body of one object or list that fits into one answer."""
        answer = self._ask(path, {}, question, deadline)
        return answer if isinstance(answer, Failure) else answer.body

    def first_page(self, path: str, question: Question, deadline: Deadline) -> bytes | Failure:
        """A list's first object, which shows whether it may be read."""
        answer = self._ask(path, {"limit": "1"}, question, deadline)
        return answer if isinstance(answer, Failure) else answer.body

    def told(
        self,
        path: str,
        question: Question,
        deadline: Deadline,
        review: Mapping[str, Any] | None = None,
    ) -> Told | Failure:
        """One answer with its time. `review` is what a review of the API asks, which is sent by
        POST and kept nowhere."""
        return self._ask(path, {}, question, deadline, review)

    def whole_list(self, path: str, question: Question, deadline: Deadline) -> bytes | Failure:
        """A whole list as one document. One page is handed on as it came.

        A continue token that has expired (410) means that the list is begun again; the last
        time without pages, since then a cluster changes faster than we read.
        """
        for restart in range(_MAX_RESTARTS + 1):
            paged = restart < _MAX_RESTARTS
            pages = self._pages(path, question, deadline, paged=paged)
            if pages is not None:
                return pages if isinstance(pages, Failure) else _joined(pages)
        return Failure(Reason.UNREACHABLE, f"list {question.resource}: it never came to its end")

    def close(self) -> None:
        """Give back idle connections."""
        self._pool.clear()

    def _pages(
        self, path: str, question: Question, deadline: Deadline, *, paged: bool
    ) -> list[bytes] | Failure | None:
        """None if the continue token expired."""
        pages: list[bytes] = []
        token = ""
        while True:
            params = {"limit": str(_PAGE_OBJECTS)} if paged else {}
            if token:
                params["continue"] = token
            answer = self._ask(path, params, question, deadline)
            if isinstance(answer, Failure):
                return answer
            if answer.code == 410:
                return None
            pages.append(answer.body)
            token = _continue_token(answer.body)
            if not token:
                return pages

    def _ask(
        self,
        path: str,
        params: dict[str, str],
        question: Question,
        deadline: Deadline,
        review: Mapping[str, Any] | None = None,
    ) -> Told | Failure:
        failure = timed_out(f"{question.verb} {question.resource}", deadline.total_s)
        for _ in deadline.tries():
            answer = self._once(path, params, question, deadline, review)
            if isinstance(answer, Failure):
                return answer
            if answer.code in (200, 201, 410):
                return answer
            if answer.code:
                failure = failure_of_status(answer.code, answer.body, question)
                if answer.code not in TRANSIENT:
                    return failure
            else:
                failure = self._unreachable(answer.body.decode())
        return failure

    def _once(
        self,
        path: str,
        params: dict[str, str],
        question: Question,
        deadline: Deadline,
        review: Mapping[str, Any] | None,
    ) -> Told | Failure:
        """One request. Code 0 if the connection broke before the answer: worth another try."""
        import urllib3

        query = f"?{urlencode(params)}" if params else ""
        left = deadline.left_s
        response: urllib3.BaseHTTPResponse | None = None
        try:
            response = self._pool.request(
                "GET" if review is None else "POST",
                f"{self._access.server}{path}{query}",
                headers={
                    **(_HEADERS if review is None else _OF_REVIEW),
                    **self._access.headers(),
                },
                body=None if review is None else json.dumps(review).encode(),
                timeout=urllib3.Timeout(connect=min(left, _CONNECT_S), read=left),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            return self._read(response, question, deadline)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ProxyError) as error:
            # (urllib3 counts a refused connection among the timeouts.)
            return self._unreachable(_said(error))
        except urllib3.exceptions.ConnectTimeoutError:
            return self._unreachable("no connection: it did not answer in time")
        except urllib3.exceptions.TimeoutError:
            return timed_out(f"{question.verb} {question.resource}", deadline.total_s)
        except urllib3.exceptions.SSLError as error:
            return self._unreachable(tls_trouble(error))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if response is not None:
                what = f"list {question.resource}: the connection broke in the middle of the answer"
                return Failure(Reason.TRUNCATED, what, "try again")
            return Told(0, _said(error).encode())
        finally:
            if response is not None:
                response.release_conn()

    def _read(
        self, response: "urllib3.BaseHTTPResponse", question: Question, deadline: Deadline
    ) -> Told | Failure:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.stream(_CHUNK_BYTES, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if deadline.passed:
                response.close()
                return timed_out(f"{question.verb} {question.resource}", deadline.total_s)
            if size > _MAX_BYTES:
                response.close()
                return Failure(Reason.TRUNCATED, f"{question.resource}: more than is read")
        return Told(response.status, b"".join(chunks), response.headers.get("Date", ""))

    def _unreachable(self, said: str) -> Failure:
        return Failure(
            Reason.UNREACHABLE,
            f"{self._access.server}: {said}",
            "is the cluster up, the VPN connected, the --context right?",
        )


def tls_trouble(error: BaseException) -> str:
    """What is wrong with the server's certificate, in short."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {seen.verify_message}"
        inner = seen.args[0] if seen.args else None
        seen = inner if isinstance(inner, BaseException) else (seen.__cause__ or seen.__context__)
    return f"TLS: {_said(error)}"


def _make_pool(access: Access) -> "urllib3.PoolManager":
    import urllib3

    options: dict[str, Any] = {"maxsize": 32, "block": False}
    if access.tls is not None:
        options["ssl_context"] = access.tls
        if not access.tls.check_hostname:
            options["assert_hostname"] = False
            # The kubeconfig's owner has chosen that; kubectl does not warn at each request either.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if access.tls_server_name:
            options["server_hostname"] = access.tls_server_name
    proxy = access.proxy
    if proxy is None:
        return urllib3.PoolManager(**options)
    headers = None
    if proxy.user is not None:
        headers = urllib3.make_headers(proxy_basic_auth=f"{proxy.user}:{proxy.password or ''}")
    return urllib3.ProxyManager(
        f"http://{proxy.host}:{proxy.port}", proxy_headers=headers, **options
    )


def _continue_token(page: bytes) -> str:
    # Parsing each page only for this would double the work on the usual list of one page.
    if _CONTINUE.search(page) is None:
        return ""
    try:
        metadata = json.loads(page).get("metadata")
    except (ValueError, RecursionError, AttributeError):
        return ""
    token = metadata.get("continue") if isinstance(metadata, dict) else None
    return token if isinstance(token, str) else ""


def _joined(pages: list[bytes]) -> bytes:
    if len(pages) == 1:
        return pages[0]
    whole: dict[str, Any] = {}
    items: list[Any] = []
    for page in pages:
        try:
            document = json.loads(page)
        except (ValueError, RecursionError):
            return page  # the parser says what is wrong with it
        whole = whole or document
        items.extend(document.get("items") or [])
    whole["items"] = items
    whole["metadata"] = {}
    return json.dumps(whole).encode()


def _said(error: BaseException) -> str:
    """The innermost message, without the object addresses that urllib3 puts before it."""
    text = " ".join(str(error).split())
    for mark in ("[Errno", "Failed to "):
        at = text.find(mark)
        if at >= 0:
            text = text[at:]
            break
    text = re.sub(r"^\[Errno -?\d+\] ", "", text.rstrip(")'\""))
    return text[:300] or type(error).__name__
