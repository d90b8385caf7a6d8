"""A northbound file as OVN-Kubernetes would have filled it: a log of small transactions."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

SCHEMA: Final = Path("/usr/share/ovn/ovn-nb.ovsschema")
_BEGAN_MS: Final = 1_700_000_000_000
_AT_ONCE: Final = 5  # ACLs that one transaction inserts

Rows = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of what."""

    title: str
    switches: int
    ports: int
    groups: int
    acls: int


def write_log(file: Path, size: Size) -> None:
    """Write it; the same size makes the same bytes. OSError where the schema is not installed."""
    with file.open("wb") as out:
        out.write(_record(json.loads(SCHEMA.read_text())))
        for number, rows in enumerate(_transactions(size)):
            out.write(_record({**rows, "_date": _BEGAN_MS + number, "_is_diff": True}))


def _record(value: Any) -> bytes:
    body = json.dumps(value, separators=(",", ":")).encode() + b"\n"
    return f"OVSDB JSON {len(body)} {sha1(body).hexdigest()}\n".encode() + body


def _transactions(size: Size) -> Iterator[Rows]:
    random = Random(11)
    switches = [_uuid(random) for _ in range(size.switches)]
    groups = [_uuid(random) for _ in range(size.groups)]
    yield {"NB_Global": {_uuid(random): {"name": "bench"}}}
    yield {"Logical_Switch": {uuid: {"name": f"node-{n}"} for n, uuid in enumerate(switches)}}
    for n, uuid in enumerate(groups):
        external = {"k8s.ovn.org/owner-type": "NetworkPolicy", "k8s.ovn.org/name": f"ns:{n}"}
        yield {"Port_Group": {uuid: {"name": f"a{n}", "external_ids": _map(external)}}}
    for n in range(size.ports):
        uuid = _uuid(random)
        member = {"ports": ["uuid", uuid]}
        yield {
            "Logical_Switch_Port": {uuid: _port(n)},
            "Logical_Switch": {switches[n % len(switches)]: member},
            "Port_Group": dict.fromkeys(random.sample(groups, 2), member),
        }
    for first in range(0, size.acls, _AT_ONCE):
        group = first // _AT_ONCE % len(groups)
        acls = {_uuid(random): _acl(random, group, n) for n in range(first, first + _AT_ONCE)}
        members = ["set", [["uuid", uuid] for uuid in sorted(acls)]]
        yield {"ACL": acls, "Port_Group": {groups[group]: {"acls": members}}}


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128)))


def _map(pairs: dict[str, str]) -> list[Any]:
    return ["map", sorted([key, value] for key, value in pairs.items())]


def _port(number: int) -> dict[str, Any]:
    mac = f"0a:58:0a:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return {
        "name": f"namespace-{number % 50}_pod-{number}",
        "addresses": f"{mac} {address}",
        "port_security": f"{mac} {address}",
        "external_ids": _map({"namespace": f"namespace-{number % 50}", "pod": "true"}),
        "options": _map({"iface-id-ver": str(UUID(int=number)), "requested-chassis": "node"}),
        "up": True,
    }


def _acl(random: Random, group: int, number: int) -> dict[str, Any]:
    direction, port, end = [("from-lport", "inport", "dst"), ("to-lport", "outport", "src")][
        number % 2
    ]
    net = f"10.{random.randrange(256)}.{random.randrange(256)}"
    match = f"ip4.{end} == {net}.0/24 && ip4.{end} != {{{net}.{number % 256}/32}}"
    service = f"tcp && tcp.dst=={random.randrange(1, 65536)}"
    name = f"NP:namespace-{group % 50}:allow-from-{group}:{direction}:{number}"
    external = {
        "direction": "Ingress" if number % 2 else "Egress",
        "gress-index": str(number % 7),
        "ip-block-index": str(number % 5),
        "k8s.ovn.org/id": f"default-network-controller:NetworkPolicy:{name}:{number % 7}",
        "k8s.ovn.org/name": f"namespace-{group % 50}:allow-from-{group}",
        "k8s.ovn.org/owner-controller": "default-network-controller",
        "k8s.ovn.org/owner-type": "NetworkPolicy",
        "port-policy-protocol": "tcp",
    }
    row = {
        "action": "allow-related",
        "direction": direction,
        "external_ids": _map(external),
        "log": False,
        "match": f"({match}) && {service} && {port} == @a{group}",
        "meter": "acl-logging",
        "name": name[:63],
        "priority": 1001,
    }
    return row if number % 2 else {**row, "options": _map({"apply-after-lb": "true"})}
