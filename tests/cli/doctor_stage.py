"""A made-up cluster of two nodes for `doctor`: what a node's programs say can be changed."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.artifacts import NB_TABLES, OVS_TABLES, SB_TABLES
from collectors.ovsdb.columns import NEEDED_COLUMNS
from ovntrace.cli import doctor_kube
from ovntrace.cli.options import WayIn
from ovntrace.doctor.types import Check, WayChecked
from tests.collectors.kube.clusters import IC_CONTAINERS, folder, interconnect
from tests.lab.api.places import ExecPlace
from tests.lab.api.rbac import User
from tests.lab.api.requests import Options
from tests.lab.api.server import ApiServer

_SCHEMAS = {
    "OVN_Northbound": NB_TABLES,
    "OVN_Southbound": SB_TABLES,
    "Open_vSwitch": OVS_TABLES,
}
_ROOT = '{"headings":["_uuid"],"data":[]}'


@dataclass(frozen=True, slots=True)
class Stage:
    """The cluster, served. `config` is the kubeconfig."""

    server: ApiServer
    config: Path
    programs: Path

    def program(self, node: str, name: str, text: str) -> None:
        """What that node has under this name."""
        path = self.programs / node / name
        assert not path.is_symlink()  # nothing of the machine's own is ever written to
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def without(self, node: str, name: str) -> None:
        """It is not there."""
        (self.programs / node / name).unlink()

    def look(self, context: str = "lab", timeout_s: float = 5, **more: Any) -> WayChecked:
        """What doctor finds."""
        way = WayIn((), False, self.config, context, more.get("ovn_namespace"), timeout_s)
        return doctor_kube.checked(way, more.get("namespace"), _quiet, is_asked=True)


@contextmanager
def staged(
    path: Path,
    *,
    users: Mapping[str, User] | None = None,
    options: Options | None = None,
    objects: Mapping[str, Any] | None = None,
) -> Iterator[Stage]:
    """Two nodes where all is well."""
    programs = path / "programs"

    def place(_namespace: str, pod: str, container: str) -> ExecPlace | None:
        node = pod.removeprefix("ovnkube-node-")
        if container not in IC_CONTAINERS or not (programs / node).exists():
            return None
        return ExecPlace(env={"PATH": str(programs / node)})

    where = folder(path, objects or interconnect())
    with ApiServer(where, users=users, options=options, resolver=place) as server:
        stage = Stage(server, server.write_kubeconfig(path / "kubeconfig"), programs)
        for node in ("node-1", "node-2"):
            _equip(stage, node)
        yield stage


def found(way: WayChecked, what: str, node: str = "") -> Check:
    """The one check of that."""
    [check] = [one for one in way.checks if (one.what, one.node) == (what, node)]
    return check


def troubles(way: WayChecked) -> set[tuple[str, str]]:
    """What is needed and not there: what and node."""
    return {(check.what, check.node) for check in way.troubles}


def _equip(stage: Stage, node: str) -> None:
    (stage.programs / node).mkdir(parents=True)
    for name in ("timeout", "date", "sleep", "cat"):
        stage.program(node, name, f'exec {shutil.which(name)} "$@"')
    answer_northbound(stage, node, "24.03.1")
    stage.program(node, "ovn-sbctl", f"echo '{_ROOT}'")
    stage.program(node, "ovs-vsctl", f"echo '{_ROOT}'")
    stage.program(node, "ovs-ofctl", "exit 0")
    stage.program(node, "ip", "echo '[]'")
    answer_schemas(stage, node, {})


def answer_northbound(stage: Stage, node: str, version: str) -> None:
    """ovn-nbctl, with its own version and that of northd."""
    options = ["map", [["northd_internal_version", f"{version}-20.33.0-76.8"]]]
    root = json.dumps({"headings": ["_uuid", "options"], "data": [[["uuid", "1"], options]]})
    said = f"case \"$*\" in *--version) echo 'ovn-nbctl {version}' ;; *) echo '{root}' ;; esac"
    stage.program(node, "ovn-nbctl", said)


def answer_schemas(stage: Stage, node: str, without: Mapping[str, str]) -> None:
    """ovsdb-client, with all that is needed but a column of some tables."""
    cases = []
    for name, tables in _SCHEMAS.items():
        columns: dict[str, dict[str, Any]] = {
            table: {one: {} for one in NEEDED_COLUMNS[table].split() if one != without.get(table)}
            for table in tables
        }
        schema = {
            "name": name,
            "version": "7.3.0",
            "tables": {table: {"columns": columns[table]} for table in tables},
        }
        cases.append(f"*{name}) echo '{json.dumps(schema)}' ;;")
    stage.program(node, "ovsdb-client", f'case "$*" in {" ".join(cases)} esac')


def _quiet(_line: str) -> None:
    """Nobody watches."""
