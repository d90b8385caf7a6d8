"""Nodes that do not answer, so that each is waited for once, and not by every question to it.

A command that could not even be started says nothing about the program: the kubelet of that node is
what the API server could not reach, or what does not start it.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

# What the API server says when it can't reach a kubelet: before the upgrade (a Status with code
# 500), or after it on the error channel. The words are Go's net package's.
_NO_WAY = re.compile(
    r"error dialing backend|dial tcp \S+: |No agent available|proxy error from \S+ while dialing"
)
# A node may come back; whoever watches it for long should see that.
_REMEMBERED_S = 300.0


@dataclass(slots=True)
class _Seen:
    has_answered: bool = False
    silences: int = 0
    failure: Failure | None = None
    at: float = 0.0


def has_no_way(message: str) -> bool:
    """True if the API server says that it could not reach the node."""
    return _NO_WAY.search(message) is not None


class SilentNodes:
    """What is known of the nodes that were asked. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, _Seen] = {}
        self._clock = clock

    def why(self, node: str) -> Failure | None:
        """Why it need not be asked now; None if it may be, or if `node` is empty (not known)."""
        with self._lock:
            seen = self._seen.get(node)
            failure = None if seen is None else seen.failure
            if seen is None or failure is None:
                return None
            if self._clock() - seen.at >= _REMEMBERED_S:
                seen.failure, seen.silences = None, 0
                return None
        detail = f"not asked, for its node did not answer before: {failure.detail}"
        return replace(failure, detail=detail)

    def answered(self, node: str) -> None:
        """A command ran there, whatever came of it."""
        if not node:
            return
        with self._lock:
            seen = self._seen.setdefault(node, _Seen())
            seen.has_answered, seen.silences, seen.failure = True, 0, None

    def was_silent(self, node: str, failure: Failure) -> None:
        """A command that ends by itself was not heard of, or could not be started.

        Of a node that has answered, one such command may be a matter of its own; not so if the API
        server can't reach the node.
        """
        if not node:
            return
        with self._lock:
            seen = self._seen.setdefault(node, _Seen())
            seen.silences += 1
            if not seen.has_answered or seen.silences > 1 or failure.reason is not Reason.TIMEOUT:
                seen.failure, seen.at = failure, self._clock()
