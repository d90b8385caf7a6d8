"""Faults on demand: what a sick API server or a bad line does to requests."""

import json
import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class FaultKind(StrEnum):
    """What happens to a request that the fault is for."""

    SLOW = "slow"  # the answer comes `seconds` later
    STATUS = "status"  # the answer is a Status with `code`
    RESET = "reset"  # the connection ends before any answer
    BREAK = "break"  # the connection ends in the answer's middle, or after `after_bytes` of it
    EXPIRED = "expired"  # 410 for a list that is continued


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `kind` for requests whose path with its query matches `path` (a regex).

    `times` is how many requests it hits before it is over, None for all. `code` and
    `retry_after_s` belong to STATUS, `seconds` to SLOW, `after_bytes` to BREAK (of an exec's
    output: the bytes sent before; default is half of a list, nothing of an exec).
    """

    kind: FaultKind
    path: str = ""
    times: int | None = None
    seconds: float = 0.0
    code: int = 500
    message: str = "etcdserver: request timed out"
    retry_after_s: int | None = None
    after_bytes: int | None = None


@dataclass(slots=True)
class Faults:
    """The faults that are in force; from the program that runs the server, and from a file.

    The file, if any, is a JSON list of objects with Fault's fields, read again when it changes;
    no file is no fault.
    """

    file: Path | None = None
    _told: list[tuple[Fault, list[int]]] = field(default_factory=list)
    _filed: list[tuple[Fault, list[int]]] = field(default_factory=list)
    _seen: tuple[int, int] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *faults: Fault) -> None:
        """Put faults in force."""
        with self._lock:
            self._told += [(fault, [0]) for fault in faults]

    def clear(self) -> None:
        """Forget those that were added (those of the file stay)."""
        with self._lock:
            self._told.clear()

    def hit(self, path_qs: str) -> list[Fault]:
        """The faults for this request; each counts it."""
        with self._lock:
            self._reread()
            found = []
            for fault, hits in [*self._told, *self._filed]:
                over = fault.times is not None and hits[0] >= fault.times
                if over or not re.search(fault.path, path_qs) or not _concerns(fault, path_qs):
                    continue
                hits[0] += 1
                found.append(fault)
            return found

    def _reread(self) -> None:
        if self.file is None:
            return
        try:
            stat = self.file.stat()
        except FileNotFoundError:
            self._filed, self._seen = [], None
            return
        seen = (stat.st_mtime_ns, stat.st_size)
        if seen != self._seen:
            self._filed = [(fault_of(entry), [0]) for entry in json.loads(self.file.read_bytes())]
            self._seen = seen


def fault_of(entry: dict[str, Any]) -> Fault:
    """A fault as the control file writes it; ValueError or TypeError where it is none."""
    return Fault(**{**entry, "kind": FaultKind(entry["kind"])})


def _concerns(fault: Fault, path_qs: str) -> bool:
    return fault.kind is not FaultKind.EXPIRED or "continue=" in path_qs
