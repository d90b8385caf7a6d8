"""The table intent.md: flows judged by hand from the policies of the captures."""

import re
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path(__file__).with_name("intent.md")
_CAPTURES: dict[str, tuple[str, ...]] = {
    "2023": ("ovn-kubernetes-2023-12-running-example",),
    "2026": ("ovn-kubernetes-2026-08-running-example",),
    "two-nodes": ("ovn-kubernetes-2026-08-two-nodes",),
}
_CAPTURES["running"] = _CAPTURES["2023"] + _CAPTURES["2026"]

VMS = {"GOLD": "centos-stream9-gold-rabbit-80", "GREEN": "centos-stream9-green-ferret-41"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table, for one capture."""

    capture: str
    way: str
    network: str
    src: str
    dst: str
    proto: str
    dport: int | None
    verdict: str
    policy: str
    part: str
    why: str

    @property
    def peers(self) -> frozenset[int | None]:
        """The peers that the rule may pass it by; None for a rule without, or not told apart."""
        found = re.findall(r"(?:from|to)\[(\d+)\]", self.part)
        return frozenset(map(int, found)) or frozenset({None})

    @property
    def ports(self) -> tuple[int, ...]:
        """The entries of the rule's ports; none for a rule without."""
        return tuple(map(int, re.findall(r"ports\[(\d+)\]", self.part)))

    def __str__(self) -> str:
        protocol = self.proto if self.dport is None else f"{self.proto}-{self.dport}"
        year = self.capture.removeprefix("ovn-kubernetes-")
        return f"{year}:{self.way}:{self.network}:{self.src}:{self.dst}:{protocol}"


def _rows() -> tuple[Row, ...]:
    rows = []
    for line in _TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 10 or cells[0] not in _CAPTURES:
            continue
        short, way, network, src, dst, protocol, verdict, policy, part, why = cells
        proto, _, port = protocol.partition(" ")
        dport = int(port) if port else None
        rows += [
            Row(name, way, network, src, dst, proto, dport, verdict, policy, part, why)
            for name in _CAPTURES[short]
        ]
    return tuple(rows)


ROWS = _rows()
