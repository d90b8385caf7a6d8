"""The ACLs that can concern a port, told by their texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovntrace.model.kube import Kube
from ovntrace.model.northbound import Acl, Northbound
from ovntrace.view.acls import acls_of_port, can_concern
from ovntrace.view.matchnames import match_names
from tests.tables import database, ref, uid

PIECES = st.sampled_from(
    [
        *("inport", "outport", "xinport", "inport.x", "$inport", "@inport", "@g", "@g1", "@other"),
        *(
            '"p1"',
            '"p\\"1"',
            '"inport',
            "p1",
            " ",
            " == ",
            " && ",
            "//",
            "// inport",
            "\n",
            "{",
            "é",
        ),
    ]
)


def _by_tokens(match: str, port: str, own_groups: frozenset[str]) -> bool:
    names = match_names(match)
    return not names.ports or port in names.strings or not names.port_groups.isdisjoint(own_groups)


@given(st.lists(PIECES, max_size=8).map("".join), st.sampled_from(["p1", 'p"1', "inport"]))
def test_a_glance_at_a_match_tells_what_its_tokens_do(match: str, port: str) -> None:
    for names in ((), ("g",), ("g1", "odd name")):
        own = frozenset(names)
        assert can_concern(match, port, own) is _by_tokens(match, port, own)


def test_of_acls_of_other_ports_no_record_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    matches = {
        "own": "outport == @mine && ip4",
        "other": "outport == @theirs && ip4",
        "theirs-of-mine": "inport == @theirs && outport == @mine",
        "named": 'outport == "p1" && tcp',
        "everywhere": "ip4 && tcp",
    }
    nb = Northbound(
        database(
            Logical_Switch=[{"_uuid": uid("s"), "name": "s", "ports": [ref("p1"), ref("p2")]}],
            Logical_Switch_Port=[{"_uuid": uid(name), "name": name} for name in ("p1", "p2")],
            Port_Group=[
                {"_uuid": uid("m"), "name": "mine", "ports": [ref("p1")], "acls": [ref("own")]},
                {
                    "_uuid": uid("t"),
                    "name": "theirs",
                    "ports": [ref("p2")],
                    "acls": [ref(name) for name in (*matches, "gone") if name != "own"],
                },
            ],
            ACL=[
                {
                    "_uuid": uid(name),
                    "match": match,
                    "direction": "to-lport",
                    "priority": 1000,
                    "action": "drop",
                }
                for name, match in matches.items()
            ],
        )
    )
    made: list[str] = []
    find = nb.acl

    def counted(uuid: str) -> Acl | None:
        made.append(uuid)
        return find(uuid)

    monkeypatch.setattr(nb, "acl", counted)
    port, switch = nb.port("p1"), nb.switch_by_name("s")
    assert port is not None and switch is not None
    views = acls_of_port(
        nb, switch, port, primary_network=True, kube=Kube({}), deny_name=lambda *_: ""
    )
    wanted = [name for name in matches if name != "other"]
    assert {view.uuid for view in views} == {uid(name) for name in wanted}
    assert uid("other") not in made
