"""Packets: fields by symbol, some of them perhaps not known."""

from collections.abc import Iterable, Mapping
from typing import Final, Self

from ovntrace.match.constants import ConstantError, parse_integer
from ovntrace.match.symbols import Symbol, SymbolTable, symbols_of

CT_FLAGS: Final = ("new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat")
"""Names of the bits of ct_state, as ovn-trace's --ct takes them, from bit 0 on."""

NO_PORT: Final = "none"
"""A name for number 0, which is no port (ovn-controller's lookup_port_cb)."""

PORT_NUMBERS: Final = {"__inport": "inport", "__outport": "outport"}
"""Where the number of a port is stored that a packet has by name."""

_UNKNOWN_PORT_BITS: Final = 0xFFFF
"""Tunnel keys of ports and multicast groups have 16 bits (ovn-architecture(7))."""

_STORED: Final = {"arp.op": 0xFF, "ct_state": 0xFF}
"""Fields of which OVS keeps fewer bits than they have (struct flow in OVS's flow.h)."""

FieldValue = int | str


class FieldError(ValueError):
    """A field that is not there, or a value that it can't have; one line says it."""


class Packet:
    """A packet as a match sees it. Immutable.

    `numbers` are the values of integer fields, `ports` those of inport, outport and their like;
    both by `Symbol.storage`. Of a field in `partly` only the bits of that mask are known. Fields
    that are in none are zero (a port: the empty string) in a `complete` packet, as in ovn-trace,
    and otherwise not known.
    """

    __slots__ = ("absent", "complete", "holds", "numbers", "partly", "ports", "table")

    def __init__(
        self,
        numbers: Mapping[str, int],
        ports: Mapping[str, str],
        *,
        table: SymbolTable,
        partly: Mapping[str, int] | None = None,
        complete: bool = True,
    ) -> None:
        self.numbers = dict(numbers)
        for name, bits in _STORED.items():
            if name in self.numbers:
                self.numbers[name] &= bits
        self.ports = {field: port_name(name) for field, name in ports.items()}
        self.partly = dict(partly or {})
        self.table = table
        self.complete = complete
        self.absent = 0 if complete else None
        """What a field is that the packet does not have."""
        self.holds: dict[Symbol, bool | None] = {}
        """Predicates that were evaluated already."""

    @classmethod
    def of(
        cls,
        fields: Mapping[str, FieldValue],
        table: SymbolTable | None = None,
        *,
        complete: bool = True,
    ) -> Self:
        """A packet of fields by name, as {"eth.type": 0x800, "ip4.src": "10.0.0.1", "ct.new": 1}.

        Nothing is implied: a packet with ip4.src also needs its eth.type. Raises FieldError.
        """
        empty = cls({}, {}, table=table or symbols_of(), complete=complete)
        return empty.with_fields(fields)

    def with_fields(self, fields: Mapping[str, FieldValue]) -> Self:
        """A copy in which these fields, or parts of fields, are set. Raises FieldError."""
        numbers, ports, partly = dict(self.numbers), dict(self.ports), dict(self.partly)
        for name, value in fields.items():
            symbol = self.table.get(name)
            if symbol is None or symbol.expansion is not None:
                raise FieldError(f"{name}: no such field")
            if not symbol.width:
                ports[symbol.storage] = _port(symbol, value)
                continue
            mask = ((1 << symbol.width) - 1) << symbol.offset
            known = self._known(symbol.storage, numbers, partly) | mask
            before = numbers.get(symbol.storage, 0) & ~mask
            numbers[symbol.storage] = before | _number(symbol, value) << symbol.offset
            whole = _whole(symbol)
            if known & whole == whole:
                partly.pop(symbol.storage, None)
            else:
                partly[symbol.storage] = known
        return type(self)(numbers, ports, table=self.table, partly=partly, complete=self.complete)

    def with_ct(self, flags: Iterable[str]) -> Self:
        """A copy with these bits of ct_state and no others; `trk` is implied by any other."""
        state = 0
        for flag in flags:
            if flag not in CT_FLAGS:
                raise FieldError(f"{flag}: no such connection state")
            state |= 1 << CT_FLAGS.index(flag) | 1 << CT_FLAGS.index("trk")
        return self.with_fields({"ct_state": state})

    def number(self, symbol: Symbol) -> tuple[int, int]:
        """A field's value, and which of its bits are known; the others are 0 in the value."""
        storage, offset = symbol.storage, symbol.offset
        bits = (1 << symbol.width) - 1
        known = self._known(storage, self.numbers, self.partly)
        value = self.numbers.get(storage, 0) & known
        return value >> offset & bits, known >> offset & bits

    def port(self, symbol: Symbol) -> str | None:
        """A string field's value; None where it is not known."""
        return self.ports.get(symbol.storage, "" if self.complete else None)

    def _known(self, storage: str, numbers: Mapping[str, int], partly: Mapping[str, int]) -> int:
        if (mask := partly.get(storage)) is not None:
            return mask
        if storage in numbers:
            return -1
        if not self.complete:
            return 0
        # The number behind a port's name is the database's matter; that it is small is certain.
        named = self.ports.get(PORT_NUMBERS.get(storage, ""))
        return ~_UNKNOWN_PORT_BITS if named else -1


def _whole(symbol: Symbol) -> int:
    return (1 << (symbol.parent or symbol).width) - 1


def port_name(name: str) -> str:
    """A port as packets hold it: `none`, as northd writes it, and the empty name are no port."""
    return "" if name == NO_PORT else name


def _port(symbol: Symbol, value: FieldValue) -> str:
    if not isinstance(value, str):
        raise FieldError(f"{symbol.name}: a port's name is needed, not a number")
    return value


def _number(symbol: Symbol, value: FieldValue) -> int:
    """A value given as a number, or as text in any notation of a match."""
    if isinstance(value, str):
        try:
            value = parse_integer(value).value
        except ConstantError as error:
            raise FieldError(f"{symbol.name}: {error}") from None
    if not 0 <= value < 1 << symbol.width:
        raise FieldError(f"{symbol.name}: {value} does not fit into {symbol.width} bits")
    return value
