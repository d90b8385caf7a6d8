"""What northd writes around an ACL's match, beside real northd."""

import itertools
from collections.abc import Iterator

import pytest

from ovntrace.match import MatchError, as_installed, parse, version_of
from tests.match.each_ovn import each_ovn, started
from tests.match.northd import Acl, Northd

OLD, NEW = version_of("23.03"), version_of("25.03")
ACTIONS = ("allow", "allow-related", "drop", "reject", "allow-stateless", "pass")
TEXTS = ("reg9 == {} || arp", "tcp.dst == {}", "reg9 == {} // why", "tcp.dst == {}) || (udp")
_numbers = itertools.count(1)


def test_2303_installs_a_match_bare_where_nothing_is_tracked() -> None:
    assert as_installed("ip4 || arp", "drop", OLD, stateful=False) == "ip4 || arp"
    assert as_installed("ip4 || arp", "drop", NEW, stateful=False) == "(ip4 || arp)"


def test_a_trailing_comment_swallows_the_parenthesis() -> None:
    parse(as_installed("ip4 // why", "drop", OLD, stateful=False))
    for version, stateful in ((OLD, True), (NEW, False), (NEW, True)):
        with pytest.raises(MatchError, match=r"at end of input expecting `\)'"):
            parse(as_installed("ip4 // why", "drop", version, stateful=stateful))


def test_an_or_in_a_reject_is_not_installed_by_2303() -> None:
    with pytest.raises(MatchError, match="must be parenthesized when used together"):
        parse(as_installed("ip4 || arp", "reject", OLD, stateful=True))
    parse(as_installed("ip4 || arp", "reject", NEW, stateful=True))
    parse(as_installed("ip4 || arp", "drop", OLD, stateful=True))


def test_open_parentheses_may_compile_once_installed() -> None:
    text = "tcp) || (udp"
    with pytest.raises(MatchError):
        parse(text)
    parse(as_installed(text, "drop", NEW, stateful=False))


@pytest.fixture(scope="module", params=each_ovn("northd"))
def northd(request: pytest.FixtureRequest) -> Iterator[Northd]:
    yield from started(Northd, request.param)


def _written(northd: Northd, *, stateful: bool, tiered: bool) -> list[tuple[Acl, list[str]]]:
    """Each action with each text on a switch that is stateful or has tiers.

    No two are equal: northd keeps equal flows once, with the hint of one of their ACLs.
    """
    actions = [
        action
        for action in ACTIONS
        if (stateful or action != "allow-related") and (northd.version, action) != ("23.03", "pass")
    ]
    acls = [
        Acl(text.format(next(_numbers)), action, priority=place)
        for place, (action, text) in enumerate((a, t) for a in actions for t in TEXTS)
    ]
    extra = Acl("reg9 == 0", "allow-related" if stateful else "drop", tier=1 if tiered else None)
    return list(zip(acls, northd.matches([*acls, extra]), strict=False))


@pytest.mark.parametrize("stateful", [False, True])
@pytest.mark.parametrize("tiered", [False, True])
def test_northd_writes_this_text(northd: Northd, stateful: bool, tiered: bool) -> None:
    if tiered and northd.version == "23.03":
        with pytest.raises(Exception, match="tier"):
            northd.matches([Acl("ip4", "drop", tier=1)])
        return
    version = version_of(northd.version)
    for acl, found in _written(northd, stateful=stateful, tiered=tiered):
        tier = 0 if tiered else None
        expected = as_installed(acl.match, acl.action, version, stateful=stateful, tier=tier)
        assert expected in found, acl
