"""All matches that OVN-Kubernetes and northd wrote into the captures."""

from itertools import groupby, islice

import pytest

from ovntrace.match import format_expr, parse, parse_microflow, truth, unknown_names
from tests.match.captured_flows import Node, NodeNames, nodes
from tests.match.judge import Judge, Tally
from tests.match.oracle import TABLES, Oracle

STATES = ("", " && ct_state == 0x21", " && ct_state == 0x22 && reg0 == 0x780 && reg8 == 0x80000000")
by_node = pytest.mark.parametrize("node", nodes(), ids=lambda node: f"{node.capture}-{node.name}")


def _packets(node: Node) -> list[str]:
    """Microflows as put to ovn-trace, in several states of the pipeline."""
    texts = node.microflows or next(other for other in nodes() if other.microflows).microflows
    return [text + STATES[place % len(STATES)] for place, text in enumerate(texts)]


def test_the_file_has_what_the_captures_have() -> None:
    assert sum(len(node.flows) for node in nodes()) == 4_409
    assert {node.release for node in nodes()} == {"23.09.6", "26.03.2"}


@by_node
def test_every_logical_flow_parses_prints_back_and_has_a_truth(node: Node) -> None:
    packets = [parse_microflow(text, node.table) for text in _packets(node)]
    matched = 0
    for key, match in node.flows:
        names = NodeNames(node, key)
        expr = parse(match, node.table, names)
        printed = format_expr(expr)
        assert format_expr(parse(printed, node.table, names)) == printed
        for packet in packets:
            found = truth(expr, packet, lambda _: True)
            assert found is not None
            assert truth(parse(printed, node.table), packet, lambda _: True) is found
            matched += found
    assert matched > len(packets)


@by_node
def test_every_acl_parses_with_names_that_are_not_known(node: Node) -> None:
    for match in node.acls:
        expr = parse(match, node.table)
        named = set(unknown_names(expr))
        words = (word.strip("{}(),") for word in match.split())
        assert named == {word for word in words if word[:1] in ("$", "@")}


@pytest.mark.peers
@by_node
def test_real_ovn_accepts_and_evaluates_them_alike(node: Node) -> None:
    """Each match and what it is printed as, judged by 25.03's ovn-trace."""
    tally = Tally()
    packets = _packets(node)[:6]
    inports = {text.split('"')[1] for text in packets}
    with Oracle("25.03") as oracle:
        for key, flows in groupby(node.flows, key=lambda flow: flow[0]):
            judge = Judge(oracle, node.world(key, inports))
            matches = iter([match for _, match in flows])
            while part := list(islice(matches, TABLES // 2)):
                tally.add(judge.compare([*part, *_printed(judge, part)], packets))
    assert tally.differences == []
    assert tally.accepted > len(node.flows)


def _printed(judge: Judge, matches: list[str]) -> list[str]:
    parsed = [judge.parsed(match) for match in matches]
    return [format_expr(expr) for expr in parsed if not isinstance(expr, Exception)]
