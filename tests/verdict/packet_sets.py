"""Random policy sets and flows for real packets: those of `policies`, and what only packets show.

The switch always has a localnet port and never a router; some ports have port security, some ACLs
log. Each flow is told from the others by its source port, so that conntrack never takes one for
another.
"""

import re
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from tests.verdict.policies import Maker, PolicySet, RandomFlow, random_flow

LOCALNET: Final = "ln"
NETWORK: Final = "frames"
"""The physical network's name in bridge mappings."""

FIRST_PORT: Final = 20_000
_ANY_SOURCE: Final = re.compile(r"\b((?:tcp|sctp)\.src == \d+|udp\.src == (?:53|40000))\b")
_TARGET: Final = re.compile(r"(?:arp\.tpa|nd\.target) == (\S+)")


class PacketMaker(Maker):
    """Makes one policy set whose switch can be given frames."""

    def make(self) -> PolicySet:
        """The rows."""
        self._localnet()
        return super().make()

    def _localnet(self) -> None:
        if LOCALNET in self.ports:
            return
        options = ["map", [["network_name", NETWORK]]]
        self._add_port(
            {"name": LOCALNET, "type": "localnet", "addresses": "unknown", "options": options}
        )

    def _router(self) -> None:
        """None: what is behind it would answer frames of ours."""

    def _insert(self, table: str, row: dict[str, Any], name: str = "") -> None:
        if table == "ACL" and self.chance(10):
            row = {**row, "log": True, "name": f"logged-{name}"}
        if table == "Logical_Switch_Port" and self._is_secured(row):
            row = {**row, "port_security": row["addresses"]}
        super()._insert(table, row, name)

    def _is_secured(self, row: dict[str, Any]) -> bool:
        addresses = row["addresses"]
        return isinstance(addresses, str) and addresses != "unknown" and self.chance(20)


def packet_set(random: Random, version: str) -> PolicySet:
    """A random policy set that OVN of this version takes."""
    return PacketMaker(random, version).make()


def packet_flows(random: Random, inports: Sequence[str], count: int) -> list[RandomFlow]:
    """Flows from the ports, all new. Of two that ask for one neighbour only the first is kept:
    OVN's answer does not tell who asked."""
    flows: list[RandomFlow] = []
    asked: set[tuple[str, str]] = set()
    while len(flows) < count:
        flow = random_flow(random, inports)
        target = _TARGET.search(flow.microflow)
        key = (flow.inport, target[1] if target else "")
        if key[1] and key in asked:
            continue
        asked.add(key)
        text = _ANY_SOURCE.sub(
            lambda found: f"{found[1].partition('.')[0]}.src == {FIRST_PORT + len(flows)}",
            flow.microflow,
        )
        flows.append(RandomFlow(flow.inport, text, "new"))
    return flows
