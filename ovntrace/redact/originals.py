"""What of a dump is a cluster's own: names and addresses, found before anything is replaced."""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final

from ovntrace.redact.names import RUN, Name

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_UUID: Final = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HOST: Final = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_VERSION: Final = re.compile(r"v?\d+(\.\d+)*([a-z]+\d*)?")
# Hashes of names: their stand-ins are made of the stand-ins of what they were made of.
_HASHED: Final = re.compile(r"a\d{10,20}|(pod|tap)[0-9a-f]{11}|(k6t-)?[0-9a-f]{11}(-nic)?")
# Domains of APIs, whose names are everywhere and tell nothing.
_PUBLIC = ("k8s.io", "kubernetes.io", "ovn.org", "cncf.io", "kubevirt.io", "openshift.io")
_PUBLIC_ENDS = tuple(f".{domain}" for domain in _PUBLIC)
# Namespaces that every such cluster has.
_SYSTEM = re.compile(
    r"(openshift|kube)(-[a-z0-9-]+)?|default|ovn-kubernetes|kubevirt|metallb-system"
)


@dataclass
class Originals:
    """Names by text, words that must stay, hashed names with what they were made of, and
    addresses."""

    names: dict[str, Name] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)
    wholes: dict[str, None] = field(default_factory=dict)  # names that may be made of others
    ips: set[ipaddress.IPv4Address | ipaddress.IPv6Address] = field(default_factory=set)
    # Those that stand before a prefix length: their stand-ins are networks of that length too.
    nets: set[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]] = field(
        default_factory=set
    )
    macs: set[bytes] = field(default_factory=set)

    def add(self, text: str, kind: str) -> None:
        """A name, if it can be one: no number, version, uuid, address, nor public domain."""
        if text in self.names or not _NAME.fullmatch(text) or len(text) > 253:
            return
        if _UUID.fullmatch(text) or _VERSION.fullmatch(text) or _is_address(text):
            return
        if _HASHED.fullmatch(text):
            return
        if text in _PUBLIC or text.endswith(_PUBLIC_ENDS):
            return
        if kind == "ns" and _SYSTEM.fullmatch(text):
            self.words.add(text)
            return
        self.names[text] = Name(text, kind)

    def add_parts(self, text: str, kind: str) -> None:
        """Names that a text is joined of, by anything that is in no name."""
        for run in RUN.findall(text):
            for part in run.split("_"):
                self.add(part.strip(".-"), kind)

    def add_hosts(self, text: str) -> None:
        """Host names in a free text."""
        for host in _HOST.findall(text):
            self.add(host, "host")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
