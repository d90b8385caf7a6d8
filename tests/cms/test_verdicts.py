"""Verdicts over rows of each CMS are those of real ovn-northd and ovn-trace."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cms import incus, kube_ovn, neutron
from tests.cms.judge import Asked, ours, theirs
from tests.cms.rows import operations
from tests.match.each_ovn import each_ovn, started
from tests.verdict.scratch import Scratch

_ROWS = {"neutron": neutron, "kube-ovn": kube_ovn, "incus": incus}

# asked, our verdict there, the reply's, the ports of the two ends, whose ACL decides
TABLE: list[tuple[str, Asked, str, str | None, tuple[str, str], str | None]] = [
    (
        "neutron",
        Asked("web-1", neutron.DB, "tcp", 5432),
        "allow",
        "allow",
        (neutron.WEB, neutron.DB),
        "SecurityGroup",
    ),
    (
        "neutron",
        Asked("web-1", neutron.DB, "tcp", 22),
        "drop",
        None,
        (neutron.WEB, neutron.DB),
        "default-deny",
    ),
    (
        "neutron",
        Asked("web-1", neutron.DB),
        "drop",
        None,
        (neutron.WEB, neutron.DB),
        "default-deny",
    ),
    (
        "neutron",
        Asked(neutron.DB, "web-1"),
        "allow",
        "allow",
        (neutron.DB, neutron.WEB),
        "SecurityGroup",
    ),
    (
        "neutron",
        Asked(neutron.DB, "web-1", "tcp", 80),
        "drop",
        None,
        (neutron.DB, neutron.WEB),
        "default-deny",
    ),
    (
        "neutron",
        Asked("10.0.0.11", "10.0.0.15", "tcp", 80),
        "allow",
        "allow",
        (neutron.WEB, neutron.SUB),
        "SecurityGroup",
    ),
    (
        "neutron",
        Asked("web-1", neutron.OFF, "tcp", 5432),
        "drop",
        None,
        (neutron.WEB, neutron.OFF),
        None,
    ),
    (
        "neutron",
        Asked("web-1", "10.0.0.2", "tcp", 80),
        "allow",
        "allow",
        (neutron.WEB, neutron.META),
        "SecurityGroup",
    ),
    (
        "neutron",
        Asked(neutron.DB, "10.0.0.2", "tcp", 80),
        "drop",
        None,
        (neutron.DB, neutron.META),
        "default-deny",
    ),
    (
        "neutron",
        Asked("10.0.0.2", "web-1", "tcp", 80),
        "allow",
        "allow",
        (neutron.META, neutron.WEB),
        "SecurityGroup",
    ),
    (
        "kube-ovn",
        Asked("shop/web", "shop/db", "tcp", 5432, "ovn-default"),
        "allow",
        "allow",
        ("web.shop", "db.shop"),
        "NetworkPolicy",
    ),
    (
        "kube-ovn",
        Asked("shop/web", "shop/db", "tcp", 80, "ovn-default"),
        "drop",
        None,
        ("web.shop", "db.shop"),
        "NetworkPolicy",
    ),
    (
        "kube-ovn",
        Asked("lab/guest", "shop/db", "tcp", 5432),
        "drop",
        None,
        ("guest.lab", "db.shop"),
        "SecurityGroup",
    ),
    (
        "kube-ovn",
        Asked("lab/guest", "shop/db", "tcp", 80),
        "drop",
        None,
        ("guest.lab", "db.shop"),
        "NetworkPolicy",
    ),
    (
        "kube-ovn",
        Asked("10.16.0.12", "lab/guest"),
        "allow",
        "allow",
        ("db.shop", "guest.lab"),
        "SecurityGroup",
    ),
    (
        "kube-ovn",
        Asked("10.16.0.12", "lab/guest", "tcp", 80),
        "drop",
        None,
        ("db.shop", "guest.lab"),
        "SecurityGroup",
    ),
    (
        "kube-ovn",
        Asked("lab/guest", "10.16.0.11", "tcp", 81),
        "allow",
        "allow",
        ("guest.lab", "web.shop"),
        "SecurityGroup",
    ),
    (
        "kube-ovn",
        Asked("10.20.0.11", "10.20.0.12", "tcp", 22),
        "drop",
        None,
        ("web.shop.net1.shop.ovn", "db.shop.net1.shop.ovn"),
        "Subnet",
    ),
    (
        "kube-ovn",
        Asked("10.20.0.11", "10.20.0.12", "tcp", 23),
        "allow",
        "allow",
        ("web.shop.net1.shop.ovn", "db.shop.net1.shop.ovn"),
        None,
    ),
    (
        "incus",
        Asked(incus.SECOND, incus.FIRST, "tcp", 80),
        "allow",
        "allow",
        (incus.PORT_2, incus.PORT_1),
        "NetworkACL",
    ),
    (
        "incus",
        Asked(incus.SECOND, incus.FIRST, "tcp", 81),
        "reject",
        None,
        (incus.PORT_2, incus.PORT_1),
        "nic-default",
    ),
    (
        "incus",
        Asked(incus.FIRST, incus.SECOND, "tcp", 22),
        "drop",
        None,
        (incus.PORT_1, incus.PORT_2),
        "NetworkACL",
    ),
    (
        "incus",
        Asked(incus.FIRST, incus.SECOND, "tcp", 23),
        "allow",
        "allow",
        (incus.PORT_1, incus.PORT_2),
        "nic-default",
    ),
]


@pytest.fixture(scope="module", params=each_ovn("cms"))
def scratch(request: pytest.FixtureRequest) -> Iterator[Scratch]:
    yield from started(Scratch, request.param)


@pytest.mark.parametrize("cms", _ROWS)
def test_flows_are_judged_as_ovn_trace_judges_them(scratch: Scratch, cms: str) -> None:
    rows: Any = _ROWS[cms]
    scratch.load(operations(rows.tables()))
    nb = scratch.northbound()
    for which, asked, verdict, reply, ports, owner in TABLE:
        if which != cms:
            continue
        view = ours(nb, asked)
        assert view.verdict == verdict, f"{asked}: {view.reason}"
        there, back = theirs(scratch, view, ports)
        assert there == ("allow" if verdict == "allow" else "drop"), f"{asked}: {view.reason}"
        assert (view.reply.verdict if view.reply else None) == reply, str(asked)
        if reply is not None:
            assert back == reply, str(asked)
        policy = view.deciding.policy if view.deciding else None
        assert (policy.kind if policy else None) == owner, str(asked)
