"""One read of a central database for all the nodes that ask for it."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedReads(Generic[T]):
    """Runs a read once for each key; who comes later waits for it and gets the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._results: dict[Hashable, T] = {}

    def get(self, key: Hashable, read: Callable[[], T], keep: Callable[[T], bool]) -> T:
        """The result of `read`; kept for others only if `keep` says so."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key in self._results:
                return self._results[key]
            result = read()
            if keep(result):
                self._results[key] = result
            return result

    def clear(self) -> None:
        """The next of each key reads anew."""
        with self._lock:
            self._results.clear()
