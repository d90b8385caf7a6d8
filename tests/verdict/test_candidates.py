"""The ACLs that are tried for a packet: all that can match it, each once, and few others."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovntrace.match import MatchError, Packet, truth, version_of
from ovntrace.model.northbound import Northbound
from ovntrace.verdict.switch import SwitchModel
from ovntrace.view.acls import STAGES
from tests.tables import database, ref, uid

PORTS = ("p1", "p2", "p3")
GROUPS = {"g": ("p1",), "g1": ("p2",), "g.2": ("p1", "p3")}
NAMED = st.sampled_from([*(f"@{name}" for name in GROUPS), '"p1"', '"p2"', "@nobody"])
TERMS = st.one_of(
    st.builds("{} == {}".format, st.sampled_from(["inport", "outport"]), NAMED),
    st.sampled_from(
        ["ip4", "tcp", "!ip6", "ip4.src != {10.0.0.1}", "inport == {@g, @g1}", "// c", "/* c */"]
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
    acls: Sequence[tuple[str, set[str]]], groups: Mapping[str, Sequence[str]]
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
        ACL=[{**row, "action": "allow"} for row in rows],
    )
    nb = Northbound(db)
    switch = nb.switch_by_name("sw")
    assert switch is not None
    return SwitchModel(nb, switch, version_of("25.03"))


def _matching(model: SwitchModel, inport: str, outport: str) -> list[str]:
    """Uuids of the ACLs that match, or may match, a packet between two ports: all are tried."""
    ports: dict[str, int | str] = {"inport": inport, "outport": outport}
    packet = Packet.of({**ports, "eth.type": 0x800, "ip.proto": 6}, model.table)
    found = []
    for one in model.acls:
        expr = model.compiled(one.acl)
        if not isinstance(expr, MatchError) and truth(expr, packet) is not False:
            found.append(one.acl.uuid)
    return found


@given(st.lists(ACLS, min_size=1, max_size=8))
def test_no_acl_that_matches_is_left_out_and_none_is_tried_twice(
    acls: list[tuple[str, set[str]]],
) -> None:
    model = _model(acls, GROUPS)
    for inport in PORTS:
        for outport in PORTS:
            ends = [model.nb.port(name) for name in (inport, outport)]
            assert ends[0] is not None
            tried = model.concerning(STAGES[2], ends[0], ends[1])
            uuids = [one.acl.uuid for one in tried]
            assert len(set(uuids)) == len(uuids)
            assert [one.rank for one in tried] == sorted(one.rank for one in tried)
            assert set(_matching(model, inport, outport)) <= set(uuids)


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
    found = [name for name in PORTS if model.concerning(STAGES[2], inport, model.nb.port(name))]
    assert found == concerned


def test_a_name_that_no_group_can_have_hides_no_acl() -> None:
    groups = {"g": ("p1",), "g && ip4": ("p3",)}
    model = _model([("outport == @g && ip4", {"g && ip4"})], groups)
    inport, outport = model.nb.port("p2"), model.nb.port("p1")
    assert inport is not None and outport is not None
    assert len(model.concerning(STAGES[2], inport, outport)) == 1


def test_a_group_that_is_named_as_a_match_hides_no_acl() -> None:
    groups = {"ip4": ("p3",)}
    model = _model([("ip4", {"ip4"})], groups)
    inport, outport = model.nb.port("p2"), model.nb.port("p1")
    assert inport is not None and outport is not None
    assert len(model.concerning(STAGES[2], inport, outport)) == 1


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
            patch.setattr("ovntrace.verdict.acltexts._AT_ONCE", at_once)
            model = _model([(match, {"g1"}) for match in matches], GROUPS)
            inports = [model.nb.port(name) for name in PORTS]
            return [
                [one.acl.uuid for one in model.concerning(STAGES[2], inport, outport)]
                for inport in inports
                for outport in inports
                if inport is not None
            ]

    assert tried((8, 3)) == tried(())
