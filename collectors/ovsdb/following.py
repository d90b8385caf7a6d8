"""All the databases that are followed, as one: rows as last told, and whether anything changed."""

import threading
from collections.abc import Sequence

from collectors.base import Lost
from collectors.ovsdb.monitored import Monitored
from collectors.ovsdb.remote import Remote, Source
from collectors.ovsdb.server import Selected, Servers


class Following:
    """Reads as `Servers` does. The first read of a database's tables begins to follow them."""

    def __init__(self, servers: Servers, *, timeout_s: float) -> None:
        self._servers = servers
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._monitored: dict[tuple[Source, tuple[str, ...]], Monitored] = {}
        self._something = threading.Event()

    def read(
        self, source: Source, tables: Sequence[str], timeout_s: float
    ) -> tuple[Remote, dict[str, Selected]]:
        """The rows as last told. OvsdbTroubleError if there were never any."""
        key = (source, tuple(tables))
        with self._lock:
            monitored = self._monitored.get(key)
            if monitored is None:
                monitored = self._monitored[key] = Monitored(
                    self._servers,
                    source,
                    tables,
                    self._something.set,
                    timeout_s=self._timeout_s,
                )
        return monitored.read(timeout_s)

    def wait(self, timeout_s: float) -> bool:
        """True as soon as something has changed since the last time; False if nothing does within
        `timeout_s` seconds."""
        if not self._something.wait(timeout_s):
            # Not cleared: what comes just now is told the next time.
            return False
        # Before anything is read: what comes meanwhile is told again.
        self._something.clear()
        return True

    def lost(self) -> tuple[Lost, ...]:
        """The databases whose servers tell nothing now."""
        with self._lock:
            monitored = list(self._monitored.items())
        return tuple(
            Lost(
                source.database,
                source.node,
                str(source),
                failure.detail.removeprefix(f"{source}: "),
            )
            for (source, _), one in monitored
            if (failure := one.lost) is not None
        )
