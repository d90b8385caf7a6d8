"""The packet as ACLs see it: with its ports, its conntrack state and the hints made of that."""

from collections.abc import Mapping

from ovntrace.match import Packet
from ovntrace.verdict.conntrack import CtState
from ovntrace.verdict.switch import SwitchModel


def as_judged(
    model: SwitchModel, packet: Packet, state: CtState, ports: Mapping[str, str]
) -> Packet:
    """A copy for one stage or for several with the same ports (inport, outport) and state."""
    numbers: dict[str, int] = {}
    if model.is_stateful:
        numbers["reg0"] = state.hints
    if state.flags:
        numbers["ct_state"] = state.bits
    if packet.partly or not packet.complete:
        return packet.with_fields({**numbers, **ports})
    judged = Packet(
        packet.numbers | _placed(packet, numbers),
        {**packet.ports, **ports},
        table=packet.table,
    )
    # What holds of the headers holds of the copy too: thousands of ACLs ask for it.
    judged.holds.update(
        {one: value for one, value in packet.holds.items() if not one.name.startswith("ct")}
    )
    return judged


def _placed(packet: Packet, numbers: Mapping[str, int]) -> dict[str, int]:
    """Values of fields in the storage that they are part of."""
    placed: dict[str, int] = {}
    for name, value in numbers.items():
        symbol = packet.table[name]
        mask = ((1 << symbol.width) - 1) << symbol.offset
        before = placed.get(symbol.storage, packet.numbers.get(symbol.storage, 0))
        placed[symbol.storage] = before & ~mask | value << symbol.offset
    return placed
