"""Text of `list` and `find` against the JSON form of the same tools, for every table and column."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.parse.list_text import ListedText, parse_list_text
from collectors.parse.listed_database import parse_listed
from tests.collectors import ovsdb
from tests.collectors.odd_rows import OddRows, names, rooted
from tests.match.rpc import Rpc

TOOLS = {"nb": "ovn-nbctl", "sb": "ovn-sbctl", "ovs": "ovs-vsctl"}
NAMES = {"nb": "OVN_Northbound", "sb": "OVN_Southbound", "ovs": "Open_vSwitch"}
EXAMPLES = settings(
    max_examples=6,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
WORDS = st.lists(names, min_size=1, max_size=40, unique=True)


@dataclass(frozen=True, slots=True)
class Scratch:
    """A database with a schema that takes any rows, behind its own server."""

    database: str
    schema: Any
    socket: Path
    environ: dict[str, str]

    def fill(self, words: list[str]) -> None:
        """Three rows in each table."""
        operations = OddRows(self.schema, words, 3).operations()
        with Rpc(self.socket) as rpc:
            answer = rpc.call("transact", [NAMES[self.database], *operations])
        assert not [one for one in answer["result"] if one and "error" in one]

    def run(self, *words: str) -> bytes:
        """What the database's tool prints."""
        tool = [TOOLS[self.database], "--timeout=20", f"--db=unix:{self.socket}"]
        if self.database != "ovs":
            tool.append("--no-leader-only")
        return subprocess.run(
            [*tool, *words], env=self.environ, check=True, capture_output=True, timeout=30
        ).stdout

    def json(self) -> dict[str, Any]:
        """The JSON form of all tables."""
        tables = list(self.schema["tables"])
        words = [word for table in tables for word in ("--", "list", table)]
        lines = self.run("--format=json", *words[1:]).splitlines()
        return {table: json.loads(line) for table, line in zip(tables, lines, strict=True)}


@contextmanager
def scratch(folder: Path, database: str, release: ovsdb.Release) -> Iterator[Scratch]:
    """The database, empty."""
    schema = rooted(release.schemas[database])
    file = folder / f"{database}.ovsschema"
    file.write_text(json.dumps(schema))
    socket = folder / f"{database}.sock"
    changed = ovsdb.Release(release.path, {database: file})
    with ovsdb.server(folder, database, socket, changed):
        yield Scratch(database, schema, socket, ovsdb.environment(folder, changed))


@pytest.fixture(scope="module", params=["nb", "sb", "ovs"])
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scratch]:
    """A database of the installed version."""
    if not ovsdb.is_installed():
        pytest.skip("no OVN here")
    with scratch(tmp_path_factory.mktemp("text"), request.param, ovsdb.INSTALLED) as made:
        yield made


def _assert_same(text: ListedText, expected: Any) -> None:
    assert text.troubles == ()
    assert not text.cut
    (listed,) = text.listed
    assert list(listed.headings) == expected["headings"]
    assert _by_uuid(listed.rows) == _by_uuid(expected["data"])


def _by_uuid(rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """Cells by uuid: the tools print rows in another order each time."""
    return {row[0][1]: list(row) for row in rows}


@pytest.mark.lab
@EXAMPLES
@given(words=WORDS, verb=st.sampled_from(["list", "find"]))
def test_every_table_and_column(installed: Scratch, words: list[str], verb: str) -> None:
    installed.fill(words)
    for table, expected in installed.json().items():
        assert len(expected["data"]) == 3
        data = installed.run(verb, table)
        _assert_same(parse_list_text(data, database=installed.database, table=table), expected)
        read, bad = parse_listed(data, installed.database, table)
        assert bad is None
        rows = [[row.cell(name) for name in expected["headings"]] for row in read]
        assert _by_uuid(rows) == _by_uuid(expected["data"])


@pytest.mark.lab
@EXAMPLES
@given(words=WORDS)
def test_the_columns_tell_the_table(installed: Scratch, words: list[str]) -> None:
    """All tables below each other, as a shell loop prints them."""
    installed.fill(words)
    documents = installed.json()
    text = parse_list_text(
        installed.run(*[w for table in documents for w in ("--", "list", table)][1:]),
        database=installed.database,
    )
    found = {listed.table: listed for listed in text.listed}
    for table, expected in documents.items():
        if table in ("DHCP_Options", "DHCPv6_Options") and installed.database == "sb":
            continue  # their columns are the same
        assert _by_uuid(found[table].rows) == _by_uuid(expected["data"]), table


@pytest.mark.lab
@EXAMPLES
@given(
    words=WORDS, style=st.sampled_from(["table", "csv"]), form=st.sampled_from(["string", "json"])
)
def test_other_forms(installed: Scratch, words: list[str], style: str, form: str) -> None:
    installed.fill(words)
    tables = {
        "nb": ["Logical_Switch_Port", "ACL"],
        "sb": ["Port_Binding", "Chassis"],
        "ovs": ["Interface", "Open_vSwitch"],
    }
    documents = installed.json()
    for table in tables[installed.database]:
        data = installed.run(f"--format={style}", f"--data={form}", "list", table)
        _assert_same(parse_list_text(data), documents[table])
        data = installed.run(f"--data={form}", "list", table)
        _assert_same(parse_list_text(data), documents[table])


@pytest.mark.peers
@pytest.mark.parametrize("database", ["nb", "sb", "ovs"])
@pytest.mark.parametrize(
    "version", [pytest.param("25.03", id="25.03"), pytest.param("26.03", id="newest")]
)
def test_newer_versions(tmp_path: Path, database: str, version: str) -> None:
    words = ["a,b", "", "12", 'quo"te\\', "x{y}=[z]", "line\nfeed", "中é", "true", "tinypod-01"]
    with scratch(tmp_path, database, ovsdb.unpacked(version)) as made:
        made.fill(words)
        for table, expected in made.json().items():
            data = made.run("list", table)
            _assert_same(parse_list_text(data, database=database, table=table), expected)
