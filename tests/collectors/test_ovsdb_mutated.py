"""Any JSON in place of a server's answers: rows or one line of trouble, never another error."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collectors.artifacts import NB_TABLES
from collectors.ovsdb import Certificates
from collectors.ovsdb.certificates import client_context
from collectors.ovsdb.connection import RpcError
from collectors.ovsdb.server import Servers
from collectors.ovsdb.tables import table_lines
from collectors.ovsdb.trouble import OvsdbTroubleError
from collectors.parse.tables import parse_tables
from tests.collectors.ovsdb_peer import honest

_NAMES = "ACL NB_Global OVN_Northbound columns connected error id leader model name rows set tables"
_WORDS = st.sampled_from([*_NAMES.split(), "uuid", "clustered", "x\n", ""])
_ANY = st.recursive(
    st.one_of(_WORDS, st.none(), st.booleans(), st.integers(0, 3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_WORDS, inner, max_size=4)
    ),
    max_leaves=12,
)
_ANSWER = st.one_of(_ANY, st.builds(RpcError, _WORDS))


class Answers:
    """A connection whose answers are given: instead of the honest one, where there is another."""

    def __init__(self, odd: dict[int, Any]) -> None:
        self._odd = odd
        self._at = 0

    def call(self, *requests: tuple[str, list[Any]]) -> list[Any]:
        answers = []
        for method, params in requests:
            usual = honest({"method": method, "params": params})
            answers.append(self._odd.get(self._at, usual))
            self._at += 1
        return answers


def _read(odd: dict[int, Any]) -> bytes | OvsdbTroubleError:
    servers = Servers(lambda: client_context(Certificates()), leader_only=True)
    try:
        peer: Any = Answers(odd)
        return table_lines(NB_TABLES, servers.select(peer, "OVN_Northbound", NB_TABLES, 0.0))
    except OvsdbTroubleError as error:
        return error


def test_the_honest_answers_are_read() -> None:
    data = _read({})
    assert isinstance(data, bytes)
    assert len(parse_tables(data, NB_TABLES)[0].table("ACL")) == 1


@given(st.dictionaries(st.integers(0, 3), _ANSWER, min_size=1, max_size=2))
def test_odd_answers(odd: dict[int, Any]) -> None:
    data = _read(odd)
    if isinstance(data, OvsdbTroubleError):
        assert data.failure.detail
        assert "\n" not in data.failure.detail
        assert len(data.failure.detail) <= 500
    else:
        for name in NB_TABLES:
            for row in parse_tables(data, NB_TABLES)[0].table(name):
                assert isinstance(row.uuid, str)
                row.map("options")
                row.texts("name")


def test_cells_in_cells() -> None:
    cell: list[Any] = []
    for _ in range(5000):
        cell = [cell]
    data = _read({3: [{"rows": [{"name": cell}]}, {"rows": []}]})
    assert isinstance(data, OvsdbTroubleError)
    assert "without end" in data.failure.detail
