"""Fields of a packet by name, for rules that are not written in the match language."""

from typing import Protocol

from ovntrace.match import Packet


class Fields(Protocol):
    """Numbers by the name of a field."""

    def number(self, name: str) -> int:
        """The field's value; 0 for one that the packet does not have."""
        ...


class PacketFields:
    """A packet's fields by name."""

    __slots__ = ("_packet",)

    def __init__(self, packet: Packet) -> None:
        self._packet = packet

    def number(self, name: str) -> int:
        """The field's value; 0 for one that the packet does not have."""
        symbol = self._packet.table.get(name)
        if symbol is None:
            return 0
        return (
            self._packet.numbers.get(symbol.storage, 0) >> symbol.offset & (1 << symbol.width) - 1
        )
