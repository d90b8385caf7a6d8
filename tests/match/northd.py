"""Real ovn-northd over scratch databases: which logical flows it makes of ACLs."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.lab.commands import LabError
from tests.match.databases import NORTHBOUND, SOUTHBOUND, Databases

_WAIT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Acl:
    """An ACL as it is written into the northbound database."""

    match: str
    action: str
    direction: str = "to-lport"
    priority: int = 1000
    tier: int | None = None
    """None where the schema has no tiers, or for the default."""


class Northd(Databases):
    """A database server with both databases, and northd."""

    _configured = 0

    def _begin(self) -> None:
        self.start_northd()

    def matches(self, acls: Sequence[Acl]) -> list[list[str]]:
        """The matches of the logical flows that northd makes of each ACL, all on one switch."""
        names = [f"acl{number}" for number in range(len(acls))]
        rows = [_insert("ACL", _acl(acl), name) for acl, name in zip(acls, names, strict=True)]
        references = ["set", [["named-uuid", name] for name in names]]
        self._configured += 1
        # Switches are left: northd of 26.03 died of one that was replaced in one transaction.
        port = _insert("Logical_Switch_Port", {"name": f"p{self._configured}"}, "port")
        columns = {"acls": references, "ports": ["named-uuid", "port"]}
        switch = _insert("Logical_Switch", {"name": f"sw{self._configured}", **columns})
        told = {"nb_cfg": self._configured}
        update = {"op": "update", "table": "NB_Global", "where": [], "row": told}
        answers = self.call(NORTHBOUND, [*rows, port, switch, update])
        self._wait()
        flows = self._flows()
        return [
            [match for match, hint in flows if hint == answer["uuid"][1][:8]]
            for answer in answers[: len(acls)]
        ]

    def _flows(self) -> list[tuple[str, str]]:
        """Match and stage hint of the flows that evaluate ACLs."""
        columns = ["match", "external_ids"]
        select = {"op": "select", "table": "Logical_Flow", "where": [], "columns": columns}
        (answer,) = self.call(SOUTHBOUND, [select])
        found = []
        for row in answer["rows"]:
            ids = dict(row["external_ids"][1])
            stage = ids.get("stage-name", "")
            if stage.startswith(("ls_in_acl", "ls_out_acl")) and "stage-hint" in ids:
                found.append((row["match"], ids["stage-hint"]))
        return sorted(found)

    def _wait(self) -> None:
        """Wait until northd has written what the northbound database says."""
        end = time.monotonic() + _WAIT_S
        select = {"op": "select", "table": "NB_Global", "where": [], "columns": ["sb_cfg"]}
        while self.call(NORTHBOUND, [select])[0]["rows"][0]["sb_cfg"] != self._configured:
            if time.monotonic() > end:
                raise LabError(f"northd {self.version} wrote nothing in {_WAIT_S:g} s")
            time.sleep(0.01)


def _insert(table: str, row: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    operation: dict[str, Any] = {"op": "insert", "table": table, "row": row}
    return {**operation, "uuid-name": name} if name else operation


def _acl(acl: Acl) -> dict[str, Any]:
    row: dict[str, Any] = {
        "match": acl.match,
        "action": acl.action,
        "direction": acl.direction,
        "priority": acl.priority,
    }
    return row if acl.tier is None else {**row, "tier": acl.tier}
