"""A server of OVSDB made by hand that tells its rows, and what changes, to whoever monitors it."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tests.collectors.ovsdb_peer import SCHEMA, Message, honest, reply, say

Rows = dict[str, dict[str, Any]]  # by uuid


class Teller:
    """An answer of `ovsdb_peer.peer`. `tables` are the rows that are told first, `status` is of
    _Server's Database."""

    def __init__(
        self, tables: dict[str, Rows], schema: Mapping[str, Any] = SCHEMA, **status: Any
    ) -> None:
        self.tables = tables
        self.schema = schema
        self.status = {"name": "OVN_Northbound", "model": "standalone", "connected": True, **status}
        self.listeners: list[socket.socket] = []
        self.monitored: list[Message] = []
        self.is_silent = False
        self.lock = threading.RLock()  # who has rows is told what comes after them

    def __call__(self, to: socket.socket, asked: Message) -> None:
        if self.is_silent or asked.get("method") is None:
            return
        if asked["method"] == "echo":
            reply(to, asked, asked["params"])
        elif asked["method"] == "get_schema":
            reply(to, asked, self.schema)
        elif asked["method"] == "transact" and asked["params"][0] == "_Server":
            reply(to, asked, [{"rows": [self.status]}])
        elif asked["method"] != "monitor":
            reply(to, asked, honest(asked))
        elif asked["params"][0] == "_Server":
            reply(to, asked, {"Database": {"d": {"new": self.status}}})
        else:
            self.monitored.append(asked)
            self.answer_monitor(to, asked)

    def answer_monitor(self, to: socket.socket, asked: Message) -> None:
        """All rows; from now on changes are told there."""
        with self.lock:
            rows = {
                table: {uuid: {"new": row} for uuid, row in rows.items()}
                for table, rows in self.tables.items()
                if rows
            }
            reply(to, asked, rows)
            self.listeners.append(to)

    def tell(self, message: Any) -> None:
        """A message, or some bytes, to all who listen."""
        with self.lock:
            for one in self.listeners:
                with suppress(OSError):
                    say(one, message)

    def update(self, monitor: str = "OVN_Northbound", **tables: Rows) -> None:
        """Changes as RFC 7047, 4.1.6 has them."""
        self.tell({"id": None, "method": "update", "params": [monitor, tables]})

    def hang_up(self) -> None:
        """As a server that is killed."""
        with self.lock:  # whoever has just had its rows is among them
            listeners, self.listeners = self.listeners, []
        for one in listeners:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
