"""A capture that can be changed: its files as they are, then a snapshot or a folder of them."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Northbound
from ovntrace.model.openvswitch import OpenVswitch
from ovntrace.model.rows import Database, Table
from ovntrace.model.snapshot import Snapshot
from ovntrace.model.southbound import Southbound
from tests.captured import NAMES, raw

TWO_NODES = NAMES[-1]
HERE, THERE = "worker-0", "worker-1"
LOCALNET_PORT = "llm.demo.llm.demo.localnet.network_llm-demo_"


class Cells:
    """One row of a table, by column."""

    def __init__(self, headings: list[str], cells: list[Any]) -> None:
        self._at = {heading: at for at, heading in enumerate(headings)}
        self.cells = cells

    def __getitem__(self, column: str) -> Any:
        return self.cells[self._at[column]]

    def __setitem__(self, column: str, value: Any) -> None:
        self.cells[self._at[column]] = value

    @property
    def uuid(self) -> str:
        return str(self["_uuid"][1])

    @property
    def ids(self) -> dict[str, str]:
        return dict(self["external_ids"][1])


class Cluster:
    """The files of a capture by path, to be changed at will."""

    def __init__(self, name: str = TWO_NODES) -> None:
        self.files: dict[str, Any] = copy.deepcopy(dict(raw(name)))

    def rows(self, node: str, table: str) -> list[Cells]:
        """The rows of `nbctl/ACL` and so on."""
        file = self.files[f"{node}/{table}.json"]
        return [Cells(file["headings"], cells) for cells in file["data"]]

    def row(self, node: str, table: str, name: str) -> Cells:
        """The row of that name."""
        column = "logical_port" if table.endswith("Port_Binding") else "name"
        [found] = [row for row in self.rows(node, table) if row[column] == name]
        return found

    def owned(self, node: str, table: str, start: str) -> list[Cells]:
        """Rows whose k8s.ovn.org/id begins so."""
        return [
            row
            for row in self.rows(node, table)
            if row.ids.get("k8s.ovn.org/id", "").startswith(start)
        ]

    def remove(self, node: str, table: str, *rows: Cells) -> None:
        """Rows of a table, by uuid."""
        file = self.files[f"{node}/{table}.json"]
        gone = {row.uuid for row in rows}
        file["data"] = [c for c in file["data"] if Cells(file["headings"], c).uuid not in gone]

    def objects(self, plural: str) -> list[Any]:
        """The objects of a list."""
        items: list[Any] = self.files[f"kube/{plural}.json"]["items"]
        return items

    def object(self, plural: str, name: str) -> Any:
        """The object of that name."""
        [found] = [item for item in self.objects(plural) if item["metadata"]["name"] == name]
        return found

    def remove_object(self, plural: str, name: str) -> None:
        """That object."""
        self.objects(plural).remove(self.object(plural, name))

    def replace_text(self, old: str, new: str) -> None:
        """In all names and values."""
        self.files = json.loads(json.dumps(self.files).replace(old, new))

    def renew_uuids(self) -> None:
        """Every row another uuid, references along."""
        text = json.dumps(self.files)
        uuids = set(re.findall(r'\["uuid", "([0-9a-f-]{36})"\]', text))
        pattern = re.compile(r'(\["uuid", ")([0-9a-f-]{36})("\])')
        renewed = {one: f"{one[::-1][:8]}-0000-4000-8000-{one[-12:]}" for one in uuids}
        assert len(set(renewed.values())) == len(uuids)
        self.files = json.loads(pattern.sub(lambda m: m[1] + renewed[m[2]] + m[3], text))

    def nodes(self) -> list[str]:
        """By name."""
        return sorted({path.split("/")[0] for path in self.files} - {"kube"})

    def snapshot(self, *, missing: tuple[Any, ...] = (), kind: str = "dump") -> Snapshot:
        """As a collector would have made it, without gaps unless they are given."""
        lists = {
            path.removeprefix("kube/").removesuffix(".json"): file["items"]
            for path, file in self.files.items()
            if path.startswith("kube/")
        }
        return Snapshot(
            kind,
            "a dump",
            kube=Kube(lists),
            nb={node: Northbound(db) for node, db in self._databases("nbctl")},
            sb={node: Southbound(db) for node, db in self._databases("sbctl")},
            ovs={node: OpenVswitch(db) for node, db in self._databases("ovs")},
            missing=missing,
        )

    def _databases(self, folder: str) -> Iterator[tuple[str, Database]]:
        for node in self.nodes():
            tables = {
                Path(path).stem: Table(Path(path).stem, file["headings"], file["data"])
                for path, file in self.files.items()
                if path.startswith(f"{node}/{folder}/")
            }
            if tables:
                yield node, Database(tables)

    def write(self, folder: Path) -> Path:
        """As a dump."""
        for path, file in self.files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(json.dumps(file))
        return folder


def members(cell: Any) -> list[Any]:
    """The elements of a set column; a set of one is its element."""
    return list(cell[1]) if cell[0] == "set" else [cell]
