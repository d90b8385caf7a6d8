"""Which OVN and OVS a lab runs: the installed one, or a newer one that is unpacked beside it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from tests.lab.commands import environment, run

INSTALLED = "23.03"
_SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Toolset:
    """Programs and schemas of one OVN and its OVS."""

    ovn_version: str
    ovs_version: str
    path: str
    """PATH with which the programs of this version are found first."""
    vswitch_schema: Path
    nb_schema: Path
    sb_schema: Path

    def nb_has(self, table: str, column: str) -> bool:
        """Whether the northbound schema has this column (columns come and go)."""
        tables = json.loads(self.nb_schema.read_text())["tables"]
        return table in tables and column in tables[table]["columns"]


def toolset(ovn: str) -> Toolset:
    """The toolset of OVN `ovn` ("23.03" is the installed one)."""
    if ovn == INSTALLED:
        return _installed()
    from tests.lab.suites import unpacked_ovn

    unpacked = unpacked_ovn(ovn)
    return Toolset(
        ovn_version=unpacked.version,
        ovs_version=unpacked.ovs_version,
        path=f"{unpacked.programs}:{_SYSTEM_PATH}",
        vswitch_schema=unpacked.ovs_schemas / "vswitch.ovsschema",
        nb_schema=unpacked.ovn_schemas / "ovn-nb.ovsschema",
        sb_schema=unpacked.ovn_schemas / "ovn-sb.ovsschema",
    )


def _installed() -> Toolset:
    share = Path("/usr/share")
    return Toolset(
        ovn_version=_version_of("ovn-nbctl"),
        ovs_version=_version_of("ovs-vsctl"),
        path=_SYSTEM_PATH,
        vswitch_schema=share / "openvswitch/vswitch.ovsschema",
        nb_schema=share / "ovn/ovn-nb.ovsschema",
        sb_schema=share / "ovn/ovn-sb.ovsschema",
    )


def _version_of(program: str) -> str:
    said = run([program, "--version"], environment(Path("/")))
    found = re.search(r"\d+\.\d+\.\d+", said)
    return found.group() if found else "unknown"
