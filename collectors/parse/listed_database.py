"""Databases from the text of `list`, `find` and `show`, of one command or of several."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.parse.column_types import named
from collectors.parse.list_lines import Trouble
from collectors.parse.list_text import ListedText, parse_list_text
from collectors.parse.listed_merge import Merged
from collectors.parse.session_text import Section, SectionKind
from collectors.parse.show_northbound import parse_northbound_show
from collectors.parse.show_tree import parse_openvswitch_show, parse_southbound_show
from collectors.parse.tables import BadTable
from ovntrace.model.rows import Database, Table


def parse_listed(data: bytes, database: str, table: str) -> tuple[Table, BadTable | None]:
    """The table that one `list TABLE` printed; no output is a table without rows."""
    text = parse_list_text(data, database=database, table=table)
    merged = Merged(database)
    merged.add_table(table)
    for listed in text.listed:
        merged.add(listed)
    return merged.database().table(table), _bad(table, text.troubles, cut=text.cut)


def parse_database_text(
    data: bytes, database: str, tables: Sequence[str]
) -> tuple[Database, tuple[BadTable, ...]]:
    """The tables of an output of several `list TABLE`, told by their columns. One without rows
    leaves no trace in it, so it is not in the database."""
    text = parse_list_text(data, database=database, tables=tables)
    merged = Merged(database)
    ends: list[tuple[int, str]] = []
    for listed in text.listed:
        if listed.table:
            merged.add(listed)
        ends.append((listed.line, listed.table))
    troubles: dict[str, list[Trouble]] = {}
    for trouble in text.troubles:
        table = next((name for line, name in reversed(ends) if line <= trouble.line), "")
        troubles.setdefault(table, []).append(trouble)
    last = ends[-1][1] if ends else ""
    bad = (_bad(name, found, cut=text.cut and name == last) for name, found in troubles.items())
    return merged.database(), tuple(one for one in bad if one is not None)


def _bad(table: str, troubles: Sequence[Trouble], *, cut: bool) -> BadTable | None:
    if not troubles:
        return None
    more = f", and {len(troubles) - 1} more" if len(troubles) > 1 else ""
    return BadTable(table, f"line {troubles[0].line}: {troubles[0].detail}{more}", truncated=cut)


@dataclass(frozen=True, slots=True)
class PastedDatabases:
    """What the sections of one or more texts say of the databases."""

    databases: Mapping[str, Database]
    """By "nb", "sb" and "ovs", those of which something is printed."""
    troubles: tuple[Trouble, ...]
    """Lines count as the sections' do."""


def databases_of(sections: Iterable[Section]) -> PastedDatabases:
    """Put together what `list`, `find` and `show` printed, in the order of the sections."""
    merged: dict[str, Merged] = {}
    troubles: list[Trouble] = []
    for section in sections:
        text = read_section(section)
        if text is None:
            continue
        troubles += [
            Trouble(trouble.line + section.line - 1, trouble.detail) for trouble in text.troubles
        ]
        for listed in text.listed:
            if listed.database is not None and listed.table:
                merged.setdefault(listed.database, Merged(listed.database)).add(listed)
    return PastedDatabases({name: one.database() for name, one in merged.items()}, tuple(troubles))


def read_section(section: Section) -> ListedText | None:
    """The rows of a section; None for one that is not of a database."""
    if section.kind is SectionKind.SHOW_NB:
        return parse_northbound_show(section.text, filtered=section.filtered)
    if section.kind is SectionKind.SHOW_SB:
        return parse_southbound_show(section.text, filtered=section.filtered)
    if section.kind is SectionKind.SHOW_OVS:
        return parse_openvswitch_show(section.text, filtered=section.filtered)
    if section.kind is not SectionKind.LIST:
        return None
    places = named(section.table, section.database) if section.table else ()
    table = places[0][1] if places else None
    return parse_list_text(section.text, database=section.database, table=table)
