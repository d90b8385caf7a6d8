"""The replacing itself: one pass over a text, whatever it is (JSON, a tool's output, a log)."""

import ipaddress
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Final

from ovntrace.redact.addresses import Address, AddressStandIns, is_fixed
from ovntrace.redact.names import RUN, NameStandIns
from ovntrace.redact.originals import Originals

_MAC = r"(?<![\w:.-])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![\w:])"
_IPV6 = r"(?<![\w.])(?=[0-9A-Fa-f:.]*:[0-9A-Fa-f]*:)[0-9A-Fa-f:.]{2,45}(?![\w:])(?:/\d{1,3})?"
_IPV4 = (
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)(?:/\d{1,3}(?:\.\d{1,3}){3}|/\d{1,2})?(?!\d)"
)
_HEX = r"\b0x[0-9a-fA-F]{6,32}\b"
_UUID = r"(?<![\w-])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\w-])"
_ADDRESS: Final = re.compile(
    f"(?P<uuid>{_UUID})|(?P<mac>{_MAC})|(?P<ipv6>{_IPV6})|(?P<ipv4>{_IPV4})|(?P<hex>{_HEX})|(?P<run>{RUN.pattern})"
)
_TRIES = 50
_KEPT_BITS = 8


class Redactor:
    """Stand-ins for everything that `originals` holds, under one key."""

    def __init__(self, key: bytes, originals: Originals) -> None:
        self.key = key
        self.addresses = AddressStandIns(key)
        self.names = _names(key, originals)
        self._hex = self._of_hex(originals)
        self._known: dict[str, str] = {}
        self._ways: Mapping[str, Callable[[str], str]] = {
            "mac": self._mac,
            "ipv6": self._ip,
            "ipv4": self._ip,
            "hex": lambda text: self._hex.get(text.lower(), text),
            "run": self.names.run,
            "uuid": lambda text: text,
        }
        self._replaced_addresses: dict[str, str] = {}

    @property
    def table(self) -> Mapping[str, str]:
        """Each original that was met, to its stand-in: what the key file tells its owner."""
        return {**self.names.table, **self._replaced_addresses}

    def text(self, text: str) -> str:
        """The text with its names and addresses replaced."""
        return _ADDRESS.sub(self._one, text)

    def _one(self, match: re.Match[str]) -> str:
        original = match[0]
        found = self._known.get(original)
        if found is None:
            kind = match.lastgroup or "run"
            found = self._known[original] = self._ways[kind](original)
            if kind in ("mac", "ipv4", "ipv6") and found != original:
                self._replaced_addresses[original] = found
        return found

    def _mac(self, text: str) -> str:
        stand_in = self.addresses.mac(bytes.fromhex(text.replace(":", ""))).hex(":")
        return stand_in.upper() if text != text.lower() else stand_in

    def _ip(self, text: str) -> str:
        whole, slash, mask = text.partition("/")
        address = _address(whole)
        if address is None:
            return text
        if mask.isdigit() and int(mask) <= address.max_prefixlen:
            return f"{self.addresses.network(address, int(mask))}{slash}{mask}"
        length = _length(mask)
        if length is not None:
            return f"{self.addresses.network(address, length)}{slash}{mask}"
        return f"{self.addresses.ip(address)}{slash}{mask}"

    def _of_hex(self, originals: Originals) -> dict[str, str]:
        """Addresses as numbers, in which OpenFlow prints what it loads into registers."""
        found = {}
        for address in originals.ips:
            found[f"{int(address):#x}"] = f"{int(self.addresses.ip(address)):#x}"
        for mac in originals.macs:
            found[f"{int.from_bytes(mac):#x}"] = f"{int.from_bytes(self.addresses.mac(mac)):#x}"
        return {old: new for old, new in found.items() if len(old) > len("0x00000")}


def addresses_of(text: str, found: Originals) -> None:
    """Add the addresses that a text holds."""
    for match in _ADDRESS.finditer(text):
        if match.lastgroup == "mac":
            found.macs.add(bytes.fromhex(match[0].replace(":", "")))
        elif match.lastgroup in ("ipv4", "ipv6"):
            whole, _, mask = match[0].partition("/")
            address = _address(whole)
            if address is None:
                continue
            found.ips.add(address)
            length = int(mask) if mask.isdigit() else _length(mask)
            if length is not None and length <= address.max_prefixlen:
                found.nets.add((address, length))


def new_key(originals: Originals) -> bytes:
    """A key under which no address gets another one of the same dump as its stand-in, if one of
    some tries has that; else the one that comes nearest to it."""
    keys = (secrets.token_bytes(32) for _ in range(_TRIES))
    best, fewest = b"", -1
    for key in keys:
        number = len(clashes(key, originals))
        if fewest < 0 or number < fewest:
            best, fewest = key, number
        if not number:
            break
    return best


def clashes(key: bytes, originals: Originals) -> list[Address]:
    """Addresses that stand, under this key, for another address of the same dump, or that stay
    though they could have changed."""
    stand_ins = AddressStandIns(key)
    known = originals.ips
    found = {a for a in known if stand_ins.ip(a) in known}
    found |= {a for a, length in originals.nets if stand_ins.network(a, length) in known}
    # The first byte always stays, and with it a network that has no more.
    short = {a for a, length in originals.nets if length <= _KEPT_BITS}
    return sorted((a for a in found - short if not is_fixed(a)), key=int)


def _names(key: bytes, originals: Originals) -> NameStandIns:
    first = NameStandIns(key, originals.names.values(), originals.words, originals.made)
    for whole in originals.wholes:
        # A name in which nothing was found is another CMS's own.
        if RUN.sub(lambda match: first.run(match[0]), whole) == whole:
            originals.add_parts(whole, "name")
    return NameStandIns(key, originals.names.values(), originals.words, originals.made)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _length(mask: str) -> int | None:
    """The prefix length of a dotted mask; None if it is none."""
    try:
        return ipaddress.ip_network(f"0.0.0.0/{mask}").prefixlen if mask else None
    except ValueError:
        return None
