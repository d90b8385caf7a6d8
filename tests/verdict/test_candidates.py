"""The ACLs that are tried for a packet: all that can match it, each once, and few others."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovntrace.acls.stages import STAGES
from ovntrace.match import MatchError, Packet, truth, version_of
from ovntrace.model.northbound import Northbound
from ovntrace.verdict.switch import SwitchModel
from ovntrace.verdict.switchacl import SwitchAcl
from tests.tables import database, ref, uid

PORTS = ("p1", "p2", "p3")
ACTIONS = ("allow", "reject", "allow-related")
GROUPS = {"g": ("p1",), "g1": ("p2",), "g.2": ("p1", "p3")}
NAMED = st.sampled_from([*(f"@{name}" for name in GROUPS), '"p1"', '"p2"', "@nobody"])
TERMS = st.one_of(
    st.builds("{} == {}".format, st.sampled_from(["inport", "outport"]), NAMED),
    st.sampled_from(
        [
            "ip4",
            "tcp",
            "!ip6",
            "ip4.src != {10.0.0.1}",
            "ip4.src == 10.0.0.0/8",
            "inport == {@g, @g1}",
            "// c",
            "/* c */",
        ]
    ),
    st.sampled_from(['is_chassis_resident("&& inport == @g && ")', '!is_chassis_resident("x")']),
)
MATCHES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(" && ".join),
        st.lists(inner, min_size=1, max_size=3).map(" || ".join),
        inner.map("({})".format),
        inner.map("!({})".format),
    ),
    max_leaves=6,
)
# A match, and the groups that have the ACL; the switch itself is "".
ACLS = st.tuples(MATCHES, st.sets(st.sampled_from(["", *GROUPS]), min_size=1, max_size=2))


def _model(
    acls: Sequence[tuple[str, set[str]]],
    groups: Mapping[str, Sequence[str]],
    version: str = "25.03",
) -> SwitchModel:
    def of(owner: str) -> list[str]:
        return [ref(f"a{at}") for at, (_, owners) in enumerate(acls) if owner in owners]

    rows = [
        {"_uuid": uid(f"a{at}"), "match": match, "direction": "to-lport", "priority": at % 3}
        for at, (match, _) in enumerate(acls)
    ]
    db = database(
        Logical_Switch=[
            {"_uuid": uid("s"), "name": "sw", "ports": [*map(ref, PORTS)], "acls": of("")}
        ],
        Logical_Switch_Port=[{"_uuid": uid(name), "name": name} for name in PORTS],
        Port_Group=[
            {"_uuid": uid(name), "name": name, "ports": [*map(ref, members)], "acls": of(name)}
            for name, members in groups.items()
        ],
        ACL=[{**row, "action": ACTIONS[at % 3]} for at, row in enumerate(rows)],
    )
    nb = Northbound(db)
    switch = nb.switch_by_name("sw")
    assert switch is not None
    return SwitchModel(nb, switch, version_of(version))


def _packet(model: SwitchModel, inport: str, outport: str) -> Packet:
    ports: dict[str, int | str] = {"inport": inport, "outport": outport}
    fields: dict[str, int | str] = {
        "eth.type": 0x800,
        "ip.proto": 6,
        "ip4.src": "10.0.0.1",
        "reg0": 0x280,
    }
    return Packet.of({**ports, **fields}, model.table)


@given(st.lists(ACLS, min_size=1, max_size=8), st.sampled_from(["23.03", "25.03"]))
def test_no_acl_that_matches_is_left_out_and_none_is_tried_twice(
    acls: list[tuple[str, set[str]]], version: str
) -> None:
    model = _model(acls, GROUPS, version)
    for inport in PORTS:
        for outport in PORTS:
            ends = [model.nb.port(name) for name in (inport, outport)]
            assert ends[0] is not None
            packet = _packet(model, inport, outport)
            values = {one.acl.uuid: _holds(model, one, packet) for one in model.acls}
            tried = model.candidates.concerning(STAGES[2], ends[0], ends[1])
            possible = model.candidates.possible(STAGES[2], ends[0], ends[1], packet)
            for found in (tried, [one for one, _ in possible]):
                uuids = [one.acl.uuid for one in found]
                assert len(set(uuids)) == len(uuids)
                assert [one.rank for one in found] == sorted(one.rank for one in found)
                assert {uuid for uuid, value in values.items() if value is not False} <= set(uuids)
            assert all(values[one.acl.uuid] for one, certain in possible if certain)


def _holds(model: SwitchModel, one: SwitchAcl, packet: Packet) -> bool | None:
    expr = model.compiled(one.acl)
    return False if isinstance(expr, MatchError) else truth(expr, packet)


def test_of_many_acls_only_those_that_may_match_become_records() -> None:
    acls = [(f"ip4.src == 10.0.{at}.0/24 && outport == @g1", {"g1"}) for at in range(50)]
    model = _model(acls, GROUPS)
    inport, outport = model.nb.port("p1"), model.nb.port("p2")
    assert inport is not None
    packet = _packet(model, "p1", "p2")
    possible = model.candidates.possible(STAGES[2], inport, outport, packet)
    assert [(one.acl.match, certain) for one, certain in possible] == [(acls[0][0], True)]
    assert len(model._made) == 1


@pytest.mark.parametrize(
    ("match", "concerned"),
    [
        ("ip4 && outport == @g1", ["p2"]),
        ("outport == @g1 && (arp || nd)", ["p2"]),
        ("(ip4.src == 10.0.0.0/8 && ip4.src != {10.0.0.1}) && tcp && outport == @g1", ["p2"]),
        ("ip4 && outport == @g", ["p1"]),
        ('outport == "p3" && ip4', ["p3"]),
        ("ip4", ["p1", "p2", "p3"]),
        ("outport == @g1 || ip4", ["p1", "p2", "p3"]),
        ("!(outport == @g1)", ["p1", "p2", "p3"]),
        # Whether these are matches at all is a matter of what northd puts around them.
        ("ip4) || (tcp && outport == @g1", ["p1", "p2", "p3"]),
        ("ip4 // outport == @g1", ["p1", "p2", "p3"]),
        ("ip4 && outport == @nobody", []),
    ],
)
@pytest.mark.parametrize("owner", ["", "g1", "g"])
def test_for_which_ports_an_acl_is_tried(match: str, owner: str, concerned: list[str]) -> None:
    model = _model([(match, {owner})], GROUPS)
    inport = model.nb.port("p1")
    assert inport is not None
    found = [
        name
        for name in PORTS
        if model.candidates.concerning(STAGES[2], inport, model.nb.port(name))
    ]
    assert found == concerned


def test_a_name_that_no_group_can_have_hides_no_acl() -> None:
    groups = {"g": ("p1",), "g && ip4": ("p3",)}
    model = _model([("outport == @g && ip4", {"g && ip4"})], groups)
    inport, outport = model.nb.port("p2"), model.nb.port("p1")
    assert inport is not None and outport is not None
    assert len(model.candidates.concerning(STAGES[2], inport, outport)) == 1


def test_a_group_that_is_named_as_a_match_hides_no_acl() -> None:
    groups = {"ip4": ("p3",)}
    model = _model([("ip4", {"ip4"})], groups)
    inport, outport = model.nb.port("p2"), model.nb.port("p1")
    assert inport is not None and outport is not None
    assert len(model.candidates.concerning(STAGES[2], inport, outport)) == 1


USUAL = st.sampled_from(["ip4 && outport == @g1", "inport == @g && ip4", "inport == @g"])
# Newlines, so that as many lines begin or end with a group as there are matches.
UNUSUAL = st.sampled_from(
    [
        "ip4 &&\noutport == @g",
        "inport == @g &&\ninport == @g1 && ip4",
        "",
        "g1",
        "outport == @nobody",
    ]
)


@given(st.lists(st.one_of(USUAL, USUAL, UNUSUAL, MATCHES), max_size=24))
def test_matches_that_are_looked_at_together_are_filed_as_each_alone_is(matches: list[str]) -> None:
    def tried(at_once: tuple[int, ...]) -> list[list[str]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ovntrace.acls.texts._AT_ONCE", at_once)
            model = _model([(match, {"g1"}) for match in matches], GROUPS)
            inports = [model.nb.port(name) for name in PORTS]
            return [
                [one.acl.uuid for one in model.candidates.concerning(STAGES[2], inport, outport)]
                for inport in inports
                for outport in inports
                if inport is not None
            ]

    assert tried((8, 3)) == tried(())
