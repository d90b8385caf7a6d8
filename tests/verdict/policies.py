"""Random switches with policies, and random flows through them.

Values come from small pools, so that ACLs and flows meet. A set is a pure function of its source
of random numbers: with hypothesis's it shrinks, with a seed it can be made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

SWITCH: Final = "sw"
VIP: Final = "172.30.0.1"
MONITOR_MAC: Final = "0a:00:00:00:0e:ee"
STATES: Final = ("new", "est", "est,rpl", "rel", "inv")
PORTS: Final = ("p1", "p2", "p3", "p4", "p5", "p6")
_GROUPS: Final = ("g1", "g2", "g3", "g4")
_ROUTER_MAC: Final = "0a:00:00:00:00:fe"

Operation = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PolicySet:
    """Rows of a northbound database, and options of NB_Global."""

    operations: tuple[Operation, ...]
    options: tuple[tuple[str, str], ...]
    inports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RandomFlow:
    """A microflow from a port, and its conntrack state."""

    inport: str
    microflow: str
    ct: str


def mac_of(number: int) -> str:
    """The MAC of a port."""
    return f"0a:00:00:00:00:{number:02x}"


class Maker:
    """Makes one policy set for a version of OVN."""

    def __init__(self, random: Random, version: str) -> None:
        self.random = random
        self.version = version
        self.has_tiers = version != "23.03"
        self.operations: list[Operation] = []
        self.ports: list[str] = []

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.random.randrange(100) < percent

    def pick(self, *choices: str) -> str:
        """One of them."""
        return self.random.choice(choices)

    def _insert(self, table: str, row: dict[str, Any], name: str = "") -> None:
        operation: Operation = {"op": "insert", "table": table, "row": row}
        self.operations.append({**operation, "uuid-name": name} if name else operation)

    # --- ports -----------------------------------------------------------------------------------

    def make(self) -> PolicySet:
        """The rows."""
        for number, name in enumerate(PORTS, 1):
            self._port(number, name)
        if self.chance(50):
            self._localnet()
        if self.chance(40):
            self._router()
        self._sets()
        acls = [self._acl(number) for number in range(self.random.randrange(1, 24))]
        owned = self._groups(acls)
        switch: dict[str, Any] = {
            "name": SWITCH,
            "ports": _refs(self.ports),
            "acls": _refs([name for name in acls if name not in owned]),
        }
        if self.chance(30):
            switch["load_balancer"] = _refs([self._balancer()])
        self._insert("Logical_Switch", switch)
        return PolicySet(tuple(self.operations), self._options(), tuple(self.ports))

    def _port(self, number: int, name: str) -> None:
        addresses = self.pick(
            *(f"{mac_of(number)} 10.0.0.{number} fd00::{number}",) * 4,
            f"{mac_of(number)} 10.0.0.{number}",
            mac_of(number),
            "unknown",
        )
        row: dict[str, Any] = {"name": name, "addresses": addresses}
        if self.chance(8) and addresses != "unknown":
            row["addresses"] = ["set", [addresses, "unknown"]]
        if self.chance(10):
            row["enabled"] = False
        self._add_port(row)

    def _add_port(self, row: dict[str, Any]) -> None:
        self._insert("Logical_Switch_Port", row, row["name"])
        self.ports.append(row["name"])

    def _localnet(self) -> None:
        options = ["map", [["network_name", "physnet"]]]
        self._add_port(
            {"name": "ln", "type": "localnet", "addresses": "unknown", "options": options}
        )

    def _router(self) -> None:
        options = [["router-port", "lrp"]]
        if self.chance(30):
            options.append(["enable_router_port_acl", "true"])
        self._add_port(
            {"name": "rp", "type": "router", "addresses": "router", "options": ["map", options]}
        )
        networks = ["set", ["10.0.0.254/24", "fd00::fe/64"]]
        row = {"name": "lrp", "mac": _ROUTER_MAC, "networks": networks}
        if self.chance(50):
            chassis = {"name": "lrp-chassis", "chassis_name": "chassis"}
            self._insert("Gateway_Chassis", chassis, "gc")
            row["gateway_chassis"] = _refs(["gc"])
        self._insert("Logical_Router_Port", row, "lrp")
        self._insert("Logical_Router", {"name": "lr", "ports": ["named-uuid", "lrp"]})

    def _balancer(self) -> str:
        vips = [] if self.chance(30) else [[f"{VIP}:80", "10.0.0.1:80"]]
        self._insert("Load_Balancer", {"name": "lb", "vips": ["map", vips]}, "lb")
        return "lb"

    def _options(self) -> tuple[tuple[str, str], ...]:
        options = [("svc_monitor_mac", MONITOR_MAC)]
        if self.chance(12):
            options.append(("default_acl_drop", "true"))
        if self.chance(20):
            options.append(("use_ct_inv_match", "false"))
        return tuple(options)

    # --- groups and sets -------------------------------------------------------------------------

    def _groups(self, acls: Sequence[str]) -> set[str]:
        """Groups that bring some of the ACLs; those ACLs."""
        owned: set[str] = set()
        for name in _GROUPS:
            count = self.random.choice((0, 1, 2, 3, 3))
            members = self.random.sample(self.ports, min(count, len(self.ports)))
            own = [acl for acl in acls if acl not in owned and self.chance(30)]
            owned.update(own)
            self._insert("Port_Group", {"name": name, "ports": _refs(members), "acls": _refs(own)})
        return owned

    def _sets(self) -> None:
        sets = {
            "v4": ["10.0.0.1", "10.0.0.2", "192.168.77.0/24"],
            "v6": ["fd00::1", "fd00::3"],
            "mixed": ["10.0.0.1", "fd00::1"],
            "none": [],
        }
        for name, members in sets.items():
            self._insert("Address_Set", {"name": name, "addresses": ["set", members]})

    # --- ACLs ------------------------------------------------------------------------------------

    def _acl(self, number: int) -> str:
        name = f"a{number}"
        direction = self.pick("from-lport", "to-lport")
        row: dict[str, Any] = {
            "direction": direction,
            "priority": self.random.choice((0, 1, 1000, 1001, 1001, 1002, 1011, 1012, 32767)),
            "match": self._match(direction),
            "action": self._action(),
        }
        if direction == "from-lport" and self.chance(40):
            row["options"] = ["map", [["apply-after-lb", "true"]]]
        if self.has_tiers:
            row["tier"] = self.random.choice((0, 0, 1, 2, 3))
        self._insert("ACL", row, name)
        return name

    def _action(self) -> str:
        actions = ["allow", "allow-related", "allow-related", "allow-stateless", "drop", "drop"]
        actions += ["drop", "reject"]
        return self.pick(*actions, *(("pass", "pass") if self.has_tiers else ()))

    def _match(self, direction: str) -> str:
        own = "outport" if direction == "to-lport" else "inport"
        shape = self.random.randrange(20)
        if shape == 0:
            return self._broken(own)
        if shape == 1:
            return self.pick("ip", "ip4", "ip6", "arp", "1", "eth.mcast", "ip4.mcast", "rarp")
        if shape == 2:
            return f"{self._place(own)} && (arp || nd)"
        if shape == 3:
            # The group of the other end: an inport in to-lport, which is known there.
            return f"inport == @{self.pick(*_GROUPS)} && {self._service()}"
        if shape == 4:
            return f"{self._place(own)} && {self.pick('ct.new', 'ct.est', '!ct.est', 'ct.trk')}"
        if shape == 5:
            return f"{self._service()} || {self._peer(direction)}"
        terms = [self._place(own)]
        if self.chance(60):
            terms.append(self._peer(direction))
        if self.chance(60):
            terms.append(self._service())
        if self.chance(25):
            self.random.shuffle(terms)
        return " && ".join(terms)

    def _place(self, own: str) -> str:
        return self.pick(
            *(f"{own} == @{self.pick(*_GROUPS)}",) * 3,
            f'{own} == "{self.pick(*PORTS, "ln", "rp")}"',
            f'{own} == {{@{self.pick(*_GROUPS)}, "{self.pick(*PORTS)}"}}',
        )

    def _peer(self, direction: str) -> str:
        end = "dst" if direction == "from-lport" else "src"
        return self.pick(
            f"ip4.{end} == $v4",
            f"ip6.{end} == $v6",
            f"ip4.{end} == {{10.0.0.{self.random.randrange(1, 7)}, 192.168.77.91}}",
            f"(ip4.{end} == 10.0.0.0/24 && ip4.{end} != {{10.0.0.2/32, 10.0.0.4/30}})",
            f"(ip4.{end} == {{$v4}} || (ip6.{end} == {{$v6, fd00::5}}))",
            f"ip4.{end} == {{$g1_ip4}}",
            f"ip6.{end} == {{$g2_ip6}}",
            f"ip4.{end} == $none",
            f"ip4.{end} != $v4",
        )

    def _service(self) -> str:
        return self.pick(
            "tcp",
            "tcp && tcp.dst == 80",
            "(tcp && (80 <= tcp.dst <= 90))",
            "((udp && ( udp.dst == 53 || udp.dst == 54 )))",
            "udp.dst == {53, 80}",
            "udp.dst > 53",
            "sctp && sctp.dst == 80",
            "icmp",
            "icmp4.type == 8",
            "(icmp4 || icmp6)",
            "icmp6",
        )

    def _broken(self, own: str) -> str:
        return self.pick(
            "ip4.src == $nosuch",
            "ip4.src == $mixed",
            "ip6.src == $mixed",
            f"{own} == @nosuch && ip",
            f'{own} != "p1"',
            "ip4.src = 10.0.0.1",
            "tcp.dst == 80 // web",
            "tcp && udp || ip",
            "",
        )


def _refs(names: Sequence[str]) -> list[Any]:
    return ["set", [["named-uuid", name] for name in names]]


def policy_set(random: Random, version: str) -> PolicySet:
    """A random policy set that OVN of this version takes."""
    return Maker(random, version).make()


# --- flows ---------------------------------------------------------------------------------------

GROUP_MACS: Final = ("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:05", "33:33:00:00:00:01")


def random_flow(random: Random, inports: Sequence[str]) -> RandomFlow:
    """A flow from one of the ports."""
    inport = random.choice(inports)
    own = PORTS.index(inport) + 1 if inport in PORTS else random.choice((0x21, 0xFE))
    to = random.choice((*range(1, 7), *range(1, 7), 0xFE, 0x99))
    source = mac_of(own)
    if random.randrange(25) == 0:
        source = random.choice((mac_of(2), MONITOR_MAC, "01:00:5e:00:00:01"))
    target = mac_of(to)
    if random.randrange(6) == 0:
        target = random.choice((*GROUP_MACS, MONITOR_MAC))
    head = f'inport == "{inport}" && eth.src == {source} && eth.dst == {target}'
    if random.randrange(40) == 0:
        head += " && vlan.present && vlan.vid == 7"
    body = _payload(random, own, to)
    return RandomFlow(inport, f"{head} && {body}", random.choice(STATES))


def _payload(random: Random, own: int, to: int) -> str:
    kind = random.randrange(14)
    if kind == 0:
        op = random.choice((1, 1, 2))
        asked = random.choice((f"10.0.0.{random.randrange(1, 9)}", "10.0.0.254"))
        return f"arp.op == {op} && arp.spa == 10.0.0.{own} && arp.tpa == {asked}"
    if kind == 1:
        return random.choice(("rarp.op == 3", "eth.type == 0x88cc", "rarp.op == 4"))
    if kind == 2:
        return _neighbour(random, own)
    if kind in (3, 4, 5, 6):
        return f"{_v6(random, own, to)} && {_upper(random, 'icmp6')}"
    return f"{_v4(random, own, to)} && {_upper(random, 'icmp4')}"


def _v4(random: Random, own: int, to: int) -> str:
    target = random.choice((f"10.0.0.{to}",) * 4 + ("192.168.77.91", VIP, "224.0.0.5", "8.8.8.8"))
    source = random.choice((f"10.0.0.{own}",) * 4 + ("192.168.77.91", "0.0.0.0"))
    return f"ip4.src == {source} && ip4.dst == {target} && ip.ttl == 64"


def _v6(random: Random, own: int, to: int) -> str:
    target = random.choice((f"fd00::{to:x}",) * 4 + ("2001:db8::1", "ff02::5"))
    return f"ip6.src == fd00::{own:x} && ip6.dst == {target} && ip.ttl == 64"


def _upper(random: Random, icmp: str) -> str:
    kind = random.choice(("tcp", "tcp", "udp", "udp", "sctp", icmp))
    if kind == icmp:
        return f"{icmp}.type == {random.choice((8, 0, 3, 128))} && {icmp}.code == 0"
    port = random.choice((53, 54, 80, 85, 547, 8080))
    source = 546 if port == 547 else random.choice((53, 40000))
    return f"{kind}.src == {source} && {kind}.dst == {port}"


def _neighbour(random: Random, own: int) -> str:
    target = random.choice((random.randrange(1, 9), 0xFE))
    group = f"ff02::1:ff00:{target:x}"
    to = random.choice((group, group, f"fd00::{target:x}"))
    head = f"ip6.src == fd00::{own:x} && ip.ttl == 255 && icmp6.code == 0"
    kind = random.choice((133, 134, 135, 135, 135, 136, 143))
    if kind in (135, 136):
        return f"{head} && ip6.dst == {to} && icmp6.type == {kind} && nd.target == fd00::{target:x}"
    ttl = "255" if kind != 143 else "1"
    head = head.replace("ip.ttl == 255", f"ip.ttl == {ttl}")
    return f"{head} && ip6.dst == ff02::16 && icmp6.type == {kind}"
