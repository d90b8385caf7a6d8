"""A sosreport: one node. Commands' outputs under `sos_commands/<plugin>/`, copied files under their
own paths.

    sos_commands/<plugin>/<command>                              as sos_commands.py has them
    etc/openvswitch/conf.db, var/lib/ovn-ic/etc/ovnnb_db.db, …   databases
"""

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from collectors.artifacts import BY_NAME, Artefact
from collectors.dump.files import Files, Inside, UnreadableFileError
from collectors.dump.layout import is_component
from collectors.dump.reader import Part
from collectors.dump.readers.database_files import Databases, database_at
from collectors.dump.readers.kubevirt import found_links
from collectors.dump.readers.sos_commands import COMMANDS, SosCommands, TableText
from collectors.dump.readers.text_tables import TableTexts, read_text
from ovntrace.model.capture import Capture, Missing, Target

_BR_INT = "br-int"
_HOSTNAME = re.compile(rb"\bhostname=\"?([A-Za-z0-9.-]+)")
_FOLDER = re.compile(r"sosreport-([A-Za-z0-9.-]+?)(?:-\d.*)?")
# A namespace with the number by which the node's links name it (ip-netns(8)).
_NUMBERED = re.compile(r"(\S+) \(id: (\d{1,9})\)")
_NAMES = ("hostname", "etc/hostname", "sos_commands/host/hostname")


def probe(files: Files) -> "SosReports | None":
    """The reader, if there are one or several sosreports."""
    roots: dict[tuple[str, ...], None] = {}
    for parts in files.paths():
        if COMMANDS in parts[:-2]:
            roots.setdefault(parts[: parts.index(COMMANDS)])
    reports = [SosReport(Inside(files, "/".join(root)) if root else files, root) for root in roots]
    known = [report for report in reports if report.is_useful]
    return SosReports(known) if known else None


class SosReports:
    """Those of several nodes, side by side."""

    name = "sosreport"

    def __init__(self, reports: list["SosReport"]) -> None:
        self._reports = {report.node: report for report in reversed(reports)}
        self.nodes = tuple(
            sorted({node for report in reports for node in (report.node, *report.others)})
        )

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """The node's own report first; another may have central databases."""
        own = self._reports.get(target.node)
        if target.pod:
            return own.inside(target, artefact) if own else None
        found = own.find(target, artefact) if own else None
        if found is not None:
            return found
        for report in self._reports.values():
            if report is not own and target.node in report.others:
                found = report.find(target, artefact)
                if found is not None:
                    return found
        return None

    def parts(self) -> Iterable[Part]:
        """Of each node what its report has."""
        for _, report in sorted(self._reports.items()):
            yield from report.parts()


class SosReport:
    """One node's report."""

    def __init__(self, files: Files, root: tuple[str, ...]) -> None:
        self._files = files
        self._root = "/".join(root)
        self._commands = SosCommands()
        found = []
        for parts in files.paths():
            if parts[0] == COMMANDS:
                self._commands.take(parts)
            elif parts[0] not in ("sos_logs", "sos_reports", "proc", "sys"):
                one = database_at(files, parts)
                if one is not None:
                    found.append(one)
        self._tables = self._read_tables(self._commands.tables)
        told = self._told()
        hints = {one.path: told for one in found if told and not one.is_clustered}
        self._databases = Databases(files, found, hints=hints)
        named = next(iter(self._databases.nodes), "")
        self.node = told or self._own_name() or named or "node"
        self.others = tuple(node for node in self._databases.nodes if node != self.node)
        self.is_useful = bool(found or self._commands.tables or self._commands.links)

    def inside(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """The links of a pod whose network namespace is known: sos has them by its name."""
        path = self._commands.pod_links.get(target.netns)
        if path is None or artefact.name != "pod-links":
            return None
        return self._named(found_links(self._files, path, target, artefact))

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """An output, or a database; with what its file does not hold from the tools' own lists."""
        if artefact.name in ("nb", "sb", "ovs"):
            return self._database(target, artefact)
        if target.node != self.node:
            return None
        if artefact.name == "node-links" and self._commands.links:
            return self._named(found_links(self._files, self._commands.links, target, artefact))
        if artefact.name == "node-netns" and self._commands.netns:
            return self._netns(target, artefact)
        if artefact.name == "openflow":
            return self._openflow(target, artefact)
        return self._vswitchd(target) if artefact.name == "ovs-vswitchd" else None

    def _database(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        file = self._databases.find(target, artefact)
        if target.node != self.node:
            return self._named(file)
        if not isinstance(file, Capture):
            return self._named(self._tables.capture(target, artefact) or file)
        if not self._has_more(artefact.name):
            return self._named(file)
        from collectors.ovsdbfile import read_database_file

        contents = read_database_file(file.data, artefact.tables)
        # Not what `show` prints: its rows have no uuids, by which those of the file are joined.
        lists = [one for one in self._commands.tables if one.command != "show"]
        of_database = [one for one in lists if one.database == artefact.name]
        tables = self._read_tables(of_database)
        text = tables.capture(target, artefact, contents.database)
        return self._named(text if contents.trouble is None else file)

    def _has_more(self, artefact: str) -> bool:
        """True if text has what a file can't hold: link states, MTUs and counters."""
        return artefact == "ovs" and "Interface" in self._tables.tables("ovs")

    def parts(self) -> Iterable[Part]:
        """What is there of the node."""
        for part in self._databases.parts():
            yield self._part(part.target, part.artefact, part.paths)
        known = {part.artefact for part in self._databases.parts() if part.target.node == self.node}
        for artefact, paths in self._tables.paths().items():
            if artefact not in known or self._has_more(artefact):
                part = self._part(Target(node=self.node), artefact, paths)
                wanted = set(BY_NAME[artefact].tables)
                yield replace(part, whole=set(self._tables.tables(artefact)) >= wanted)
        node, commands = Target(node=self.node), self._commands
        if commands.links:
            yield self._part(node, "node-links", (commands.links,))
        if commands.netns:
            yield self._part(node, "node-netns", (commands.netns,))
        if _BR_INT in commands.flows:
            yield self._part(node, "ovs-vswitchd", (commands.flows[_BR_INT],))
        if commands.flows:
            yield self._part(node, "openflow", tuple(commands.flows.values()))

    def _part(self, target: Target, artefact: str, paths: tuple[str, ...]) -> Part:
        size = sum(self._files.size(path) or 0 for path in paths)
        return Part(target, artefact, tuple(map(self._shown, paths)), size)

    def _read_tables(self, texts: Iterable[TableText]) -> TableTexts:
        """Lists, which are whole tables unless the file was cut; and what `show` prints."""
        tables = TableTexts()
        for text in texts:
            data = read_text(self._files, text.path)
            if text.command == "show":
                _add_show(tables, data, text.database, text.path)
                continue
            word = text.command.partition("_")[2].lower()
            known = BY_NAME[text.database].tables
            table = next((one for one in known if one.lower() == word), None)
            if table is not None:
                tables.add_list(data, text.database, table, text.path)
        return tables

    def _told(self) -> str:
        """external_ids:hostname, which is the node's name as OVN-Kubernetes sets it."""
        for parts in self._files.paths():
            if parts[0] == COMMANDS and parts[-1].lower().endswith("list_open_vswitch"):
                found = _HOSTNAME.search(self._read("/".join(parts)))
                if found:
                    return found[1].decode()
        return ""

    def _own_name(self) -> str:
        for path in _NAMES:
            name = self._read(path).strip().decode("utf-8", "replace")
            if is_component(name):
                return name
        match = _FOLDER.fullmatch(self._root.rpartition("/")[2])
        return match[1] if match and is_component(match[1]) else ""

    def _vswitchd(self, target: Target) -> Capture | None:
        """Flows of br-int can come only from a living ovs-vswitchd."""
        path = self._commands.flows.get(_BR_INT, "")
        if not self._has_flows(path):
            return None
        return Capture(target, "ovs-vswitchd", b"", self._shown(path))

    def _openflow(self, target: Target, artefact: Artefact) -> Capture | None:
        """A bridge's flows, as ovs-ofctl printed them."""
        bridge = dict(artefact.values).get("bridge", ("",))[0]
        path = self._commands.flows.get(bridge, "")
        if not self._has_flows(path):
            return None
        return Capture(target, artefact.name, self._read(path), self._shown(path))

    def _has_flows(self, path: str) -> bool:
        return bool(path) and b" reply " in self._files.head(path)[:200]

    def _netns(self, target: Target, artefact: Artefact) -> Capture:
        """Names by number, as `ip -j netns list-id` has them."""
        text = self._read(self._commands.netns).decode("utf-8", "replace")
        found = [
            match for line in text.splitlines() if (match := _NUMBERED.fullmatch(line.strip()))
        ]
        names = [
            {"nsid": int(match[2]), "name": match[1]} for match in found if is_component(match[1])
        ]
        origin = self._shown(self._commands.netns)
        return Capture(target, artefact.name, json.dumps(names).encode(), origin)

    def _read(self, path: str) -> bytes:
        try:
            return self._files.read(path) or b""
        except UnreadableFileError:
            return b""

    def _named(self, found: Capture | Missing | None) -> Capture | Missing | None:
        return None if found is None else replace(found, origin=self._shown(found.origin))

    def _shown(self, path: str) -> str:
        return f"{self._root}/{path}" if self._root else path


def _add_show(tables: TableTexts, data: bytes, database: str, path: str) -> None:
    from collectors.parse.session_text import Section, SectionKind

    kinds = {"nb": SectionKind.SHOW_NB, "sb": SectionKind.SHOW_SB, "ovs": SectionKind.SHOW_OVS}
    text = data.decode("utf-8", "replace")
    tables.add_section(Section(kinds[database], (), "", False, database, None, text, 1), path)
