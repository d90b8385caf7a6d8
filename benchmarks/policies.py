"""Switches with policies for the verdict benchmarks, as rows of a northbound database."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

SWITCH: Final = "sw"

Operation = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Policies:
    """A switch: rows, and flows between its ports."""

    title: str
    operations: Sequence[Operation]
    flows: Sequence[tuple[str, str]]
    """Inport and microflow."""


def generated(ports: int, groups: int, acls: int, flows: int) -> Policies:
    """`ports` ports in two of `groups` groups each; of the ACLs each group has its share: allowed
    blocks with exceptions, ports and sets before and behind two that deny."""
    random = Random(7)
    operations = [_port(number) for number in range(ports)]
    members: dict[int, list[str]] = {group: [] for group in range(groups)}
    for number in range(ports):
        for group in random.sample(range(groups), min(2, groups)):
            members[group].append(f"p{number}")
    names: list[str] = []
    for group in range(groups):
        own = [_acl(random, group, index, names) for index in range(acls // groups)]
        operations += own
        chosen = [str(operation["uuid-name"]) for operation in own]
        row = {"name": f"g{group}", "ports": _refs(members[group]), "acls": _refs(chosen)}
        operations.append({"op": "insert", "table": "Port_Group", "row": row})
    addresses = ["set", [_address(number) for number in range(0, ports, max(1, ports // 50))]]
    row = {"name": "peers", "addresses": addresses}
    operations.append({"op": "insert", "table": "Address_Set", "row": row})
    row = {"name": SWITCH, "ports": _refs([f"p{number}" for number in range(ports)])}
    operations.append({"op": "insert", "table": "Logical_Switch", "row": row})
    title = f"{ports:,} ports, {groups} groups, {acls:,} ACLs"
    return Policies(title, operations, [_flow(random, ports) for _ in range(flows)])


def _refs(names: Sequence[str]) -> list[Any]:
    return ["set", [["named-uuid", name] for name in names]]


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _mac(number: int) -> str:
    return f"0a:58:0a:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def _port(number: int) -> Operation:
    row = {"name": f"p{number}", "addresses": f"{_mac(number)} {_address(number)}"}
    return {"op": "insert", "table": "Logical_Switch_Port", "row": row, "uuid-name": f"p{number}"}


def _acl(random: Random, group: int, index: int, names: list[str]) -> Operation:
    """ACLs alternate between egress and ingress; the first two deny."""
    direction, port, end = [
        ("from-lport", "inport", "dst"),
        ("to-lport", "outport", "src"),
    ][index % 2]
    place = f"{port} == @g{group}"
    if index < 2:
        row: dict[str, Any] = {"match": place, "action": "drop", "priority": 1000}
    else:
        host = random.randrange(256)
        net = f"10.0.{host & 3}"
        peer = random.choice(
            (
                f"ip4.{end} == {net}.0/26",
                f"(ip4.{end} == {net}.0/24 && ip4.{end} != {{{net}.{host}/32}})",
                f"ip4.{end} == {{$peers}}",
            )
        )
        service = f"tcp && tcp.dst=={random.choice((80, 443, 5432, 8080 + index))}"
        row = {"match": f"{peer} && {service} && {place}", "priority": 1001}
        row["action"] = "allow-related"
    if direction == "from-lport":
        row["options"] = ["map", [["apply-after-lb", "true"]]]
    names.append(f"a{len(names)}")
    operation: Operation = {"op": "insert", "table": "ACL", "uuid-name": names[-1]}
    return {**operation, "row": {**row, "direction": direction}}


def _flow(random: Random, ports: int) -> tuple[str, str]:
    source, target = random.sample(range(ports), 2)
    return f"p{source}", (
        f'inport == "p{source}" && eth.src == {_mac(source)} && eth.dst == {_mac(target)} && '
        f"ip4.src == {_address(source)} && ip4.dst == {_address(target)} && ip.ttl == 64 && "
        f"tcp.src == 40000 && tcp.dst == {random.choice((80, 443, 5432, 9999))}"
    )
