"""What is read at a glance is what the parser makes of it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ovntrace.match import NEWEST, Compare, MatchError, PortIs, Version, symbols_of
from ovntrace.match.members import UnknownNames
from ovntrace.match.parser import Parser
from ovntrace.match.plain import plain_comparison

TABLES = [symbols_of(NEWEST), symbols_of(Version(23, 3))]
NAMES = sorted({symbol.name for table in TABLES for symbol in table})
FIELDS = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(["ip4.src", "tcp.dst", "eth.src", "inport", "outport", "bogus", "", "IP4.src"]),
)
CONSTANTS = st.sampled_from(
    [
        "0", "1", "80", "080", "65535", "65536", "18446744073709551615", "18446744073709551616",
        "10.0.0.1", "10.0.0.01", "10.0.0.256", "1.2.3", "1.2.3.4.5", "255.255.255.255", "1.2.3.4:5",
        "0a:58:0a:00:00:01", "0A:58:0a:00:00:01", "aa:bb:cc:dd:ee:ff", "1:2:3:4:5:6", "fd00::1",
        "0x50", "\u00b2", '"p"', '""', '"none"', '"a\\\\"', '"a b"', "@pg", "$as", "ip4", "",
    ]
)  # fmt: skip
MASKS = st.sampled_from(["", "", "", "/0", "/8", "/24", "/32", "/33", "/99", "/x", "/", "/ 8"])
VALUES = st.builds(
    lambda opening, value, mask, closing: opening + value + mask + closing,
    st.sampled_from(["", "", "", "{", "{ "]),
    CONSTANTS,
    MASKS,
    st.sampled_from(["", "", "", "}", " }", ", 1}", ")", " ", "&& 1"]),
)
RELATIONS = st.sampled_from(["==", " == ", "!=", " != ", " <", ">= ", "=", "  ==  ", ""])


@settings(max_examples=2000)
@given(FIELDS, RELATIONS, VALUES)
@example("ip4.src", " != ", "{10.0.0.1/24}")
@example("inport", " == ", '"p"')
@example("inport", "==", "0")
def test_it_is_the_parsers(field: str, relation: str, value: str) -> None:
    text = field + relation + value
    for one in TABLES:
        plain = plain_comparison(text, one)
        if plain is None:
            continue
        parser = Parser(text, one, UnknownNames())
        expr = parser.expression()
        parser.expect_end()
        assert plain == expr


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ip4.src == 10.0.0.0/8", Compare),
        ("tcp.dst==80", Compare),
        ("ip4.dst != {10.0.0.1/32}", Compare),
        ("eth.src == 0a:58:0a:00:00:01", Compare),
        ('inport == "p"', PortIs),
        ("tcp.dst == 65536", type(None)),
        ('inport != "p"', type(None)),
        ("ip4 == 1", type(None)),
        ("tcp.dst == {80, 81}", type(None)),
    ],
)
def test_what_is_plain(text: str, kind: type[object]) -> None:
    assert type(plain_comparison(text, TABLES[0])) is kind


def test_a_fault_is_the_parsers_too() -> None:
    with pytest.raises(MatchError):
        Parser("tcp.dst == 65536", TABLES[0], UnknownNames()).expression()
