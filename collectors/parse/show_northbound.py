"""`ovn-nbctl show`: switches, routers, ports and NAT, by indentation.

    switch 5ba54a76-89fb-4610-95c9-b3262a3bb55c (localnet.cnv_ovn_localnet_switch)
        port localnet.cnv_ovn_localnet_port
            type: localnet
            addresses: ["unknown"]

It prints names as they are, without quotes, and leaves out what is empty. Ports have no uuid here.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from collectors.parse.list_lines import Trouble
from collectors.parse.list_text import ListedText, lines_of
from collectors.parse.show_rows import Shown, ShownRow

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_DEVICE = re.compile(rf"(switch|router) ({_UUID})(?: \((.*)\))?\Z")
_PORT = re.compile(r"\s*+port (.*)\Z")
_NAT = re.compile(rf"\s*+nat ({_UUID})\Z")
_DETAIL = re.compile(r"\s*+([a-z][a-z0-9 ()-]{0,30}?): ?(.*)\Z")
_JOINED = re.compile(r"(?<!\s)\s{2,}+(?=(?:type|parent|tag|addresses|router-port|mac|networks): )")
_LEFT_OUT = re.compile(r"\s*(\.{2,}|--|…)\s*\Z")
_ALIAS: Final = {
    "switch": "neutron:network_name",
    "router": "neutron:router_name",
    "port": "neutron:port_name",
}
_LONGEST: Final = 20
"""Lines that a name may be broken into."""


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.shown = Shown("nb")
        self._width = max(map(len, lines), default=0)
        self._device: tuple[str, ShownRow] | None = None
        self._row: ShownRow | None = None
        self.left_out = False
        """True if lines are not there, as a filter or a person marks it."""
        for number, line in enumerate(self._unbroken(lines), 1):
            for part in _JOINED.split(line) if line else ():
                self._line(number, part)

    def _unbroken(self, lines: list[str]) -> list[str]:
        """Lines, with the rest of one that the screen's width broke put back to it."""
        whole: list[str] = []
        begun, n_pieces = 0, 0
        for at, line in enumerate(lines):
            broken = at > 0 and len(lines[at - 1]) == self._width >= 40 and n_pieces < _LONGEST
            if broken and line and not line[0].isspace() and not _begins(line):
                whole[begun] += line
                whole.append("")
                n_pieces += 1
            else:
                whole.append(line)
                begun, n_pieces = at, 0
        return whole

    def _line(self, number: int, line: str) -> None:
        if device := _DEVICE.match(line):
            self._begin_device(number, device[1], device[2], device[3])
        elif nat := _NAT.match(line):
            self._row = self.shown.add("NAT", number, "", nat[1].lower())
            if self._device is not None:
                self.shown.put_below(self._device[1], "nat", self._row)
        elif port := _PORT.match(line):
            self._begin_port(number, port[1])
        elif (detail := _DETAIL.match(line)) and self._row is not None:
            self._detail(number, self._row, detail[1], detail[2])
        elif _LEFT_OUT.match(line):
            self.left_out = True
        elif line.strip():
            self.shown.troubles.append(Trouble(number, f"not of a show: {line.strip()[:60]}"))

    def _begin_device(self, number: int, kind: str, uuid: str, names: str | None) -> None:
        table = "Logical_Switch" if kind == "switch" else "Logical_Router"
        row = self.shown.add(table, number, "", uuid.lower())
        self._device, self._row = (kind, row), None
        if names is not None:
            name, other, alias = names.partition(") (aka ")
            row.cells["name"] = name
            if other:
                row.cells["external_ids"] = ["map", [[_ALIAS[kind], alias]]]

    def _begin_port(self, number: int, name: str) -> None:
        router = self._device is not None and self._device[0] == "router"
        alias = ""
        if name.endswith(")"):
            plain, other, rest = name.partition(" (aka ")
            name, alias = (plain, rest[:-1]) if other else (name, "")
        table = "Logical_Router_Port" if router else "Logical_Switch_Port"
        self._row = self.shown.add(table, number, name)
        self._row.cells["name"] = name
        if alias:
            self._row.cells["external_ids"] = ["map", [[_ALIAS["port"], alias]]]
        if self._device is not None:
            self.shown.put_below(self._device[1], "ports", self._row)

    def _detail(self, number: int, row: ShownRow, name: str, value: str) -> None:
        if row.table == "Logical_Router_Port" and name == "gateway chassis":
            for chassis in value.removeprefix("[").removesuffix("]").split():
                key = f"{row.cells['name']}\0{chassis}"
                below = self.shown.add("Gateway_Chassis", number, key)
                below.cells["chassis_name"] = chassis
                self.shown.put_below(row, "gateway_chassis", below)
            return
        if name == "ipv6-lla":
            return  # made of the MAC, no column
        known = _DETAILS.get(row.table, {}).get(name)
        if known is None:
            self.shown.troubles.append(Trouble(number, f"unknown detail of a port: {name[:40]}"))
            return
        column, read = known
        cell = read(value)
        if cell is None:
            self.shown.troubles.append(Trouble(number, f"column {column}: not read"))
        row.cells[column] = cell


def _begins(line: str) -> bool:
    return _DEVICE.match(line) is not None or _LEFT_OUT.match(line) is not None


def _text(value: str) -> Any:
    return value


def _quoted(value: str) -> Any:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else None


def _either(value: str) -> Any:
    return value if (inner := _quoted(value)) is None else inner


def _number(value: str) -> Any:
    return int(value) if value.isdecimal() and len(value) < 20 else None


def _texts(value: str) -> Any:
    """`["a", "b"]`, whose strings are not escaped."""
    if not (value.startswith('["') and value.endswith('"]')):
        return ["set", []] if value == "[]" else None
    items = value[2:-2].split('", "')
    return items[0] if len(items) == 1 else ["set", items]


def _router_port(value: str) -> Any:
    return ["map", [["router-port", value]]]


_Details = Mapping[str, tuple[str, Callable[[str], Any]]]
_DETAILS: Final[Mapping[str, _Details]] = {
    "Logical_Switch_Port": {
        "type": ("type", _text),
        "parent": ("parent_name", _text),
        "tag": ("tag", _number),
        "addresses": ("addresses", _texts),
        "router-port": ("options", _router_port),
    },
    "Logical_Router_Port": {
        "mac": ("mac", _quoted),
        "networks": ("networks", _texts),
        "peer": ("peer", _either),
    },
    "NAT": {
        "external ip": ("external_ip", _quoted),
        "external port(s)": ("external_port_range", _quoted),
        "logical ip": ("logical_ip", _quoted),
        "type": ("type", _quoted),
    },
}


def parse_northbound_show(text: bytes | str, *, filtered: bool = False) -> ListedText:
    """Logical_Switch, Logical_Switch_Port, Logical_Router, Logical_Router_Port, Gateway_Chassis
    and NAT, of which only what is printed; the uuids of ports are derived (see derived.py)."""
    reader = _Reader(lines_of(text))
    return reader.shown.text(filtered=filtered or reader.left_out)
