"""Whose databases they are, by what they tell."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from collectors.ovsdb.naming import names_of
from ovntrace.model.rows import Database, Table

ALL = ("nb", "sb", "ovs")


def nb(name: str = "") -> Database:
    options = ["map", [["name", name]] if name else []]
    return Database({"NB_Global": Table("NB_Global", ["options"], [[options]])})


def sb(*hosts: str, name: str = "", remote: str = "") -> Database:
    options = ["map", [["name", name]] if name else []]
    rows: list[list[Any]] = [[host, ["map", []]] for host in hosts]
    rows += [[remote, ["map", [["is-remote", "true"]]]]] if remote else []
    return Database(
        {
            "SB_Global": Table("SB_Global", ["options"], [[options]]),
            "Chassis": Table("Chassis", ["hostname", "other_config"], rows),
        }
    )


def ovs(host: str = "") -> Database:
    ids = ["map", [["hostname", host]] if host else []]
    return Database({"Open_vSwitch": Table("Open_vSwitch", ["external_ids"], [[ids]])})


@pytest.mark.parametrize(
    ("told", "given", "prefixed", "nodes", "of_node"),
    [
        # A zone of interconnect: all three say the same.
        (
            {"nb": nb("n1"), "sb": sb("n1", name="n1", remote="n2"), "ovs": ovs("n1")},
            ALL, (), ("n1",), dict.fromkeys(ALL, "n1"),
        ),
        # A zone by another name than its only host.
        (
            {"nb": nb("zone-a"), "sb": sb("n1", name="zone-a"), "ovs": ovs("n1")},
            ALL, (), ("n1",), dict.fromkeys(ALL, "n1"),
        ),
        # Standalone OVN on one machine, which names nothing; with ovs= and without.
        ({"nb": nb(), "sb": sb("h"), "ovs": ovs("h")}, ALL, (), ("h",), dict.fromkeys(ALL, "h")),
        ({"nb": nb(), "sb": sb("h")}, ("nb", "sb"), (), ("h",), {"nb": "h", "sb": "h"}),
        # Central: several chassis, or the name that OVN-Kubernetes gives.
        (
            {"nb": nb(), "sb": sb("h2", "h1"), "ovs": ovs("h1")},
            ALL, (), ("h1", "h2"), {"ovs": "h1"},
        ),
        ({"nb": nb("global")}, ("nb",), ("h1", "h2"), ("h1", "h2"), {}),
        ({"nb": nb("global")}, ("nb",), (), ("node",), {}),
        # A gateway that is not a chassis of these databases yet.
        (
            {"nb": nb(), "sb": sb("h1", "h2"), "ovs": ovs("gw")},
            ALL, (), ("gw", "h1", "h2"), {"ovs": "gw"},
        ),
        # Databases of different nodes are kept apart.
        (
            {"nb": nb("n2"), "ovs": ovs("n1")},
            ("nb", "ovs"), (), ("n1", "n2"), {"nb": "n2", "ovs": "n1"},
        ),
        # Nobody tells; nobody answers; the prefix alone.
        ({"nb": nb()}, ("nb",), (), ("node",), {"nb": "node"}),
        ({}, ALL, (), ("node",), dict.fromkeys(ALL, "node")),
        ({"nb": nb()}, ("nb",), ("w1",), ("w1",), {}),
        ({"ovs": ovs("h")}, ("ovs",), (), ("h",), {"ovs": "h"}),
        ({}, (), ("b", "a"), ("a", "b"), {}),
        # A name that can't be a node's is none.
        ({"ovs": ovs("../etc")}, ("ovs",), (), ("node",), {"ovs": "node"}),
    ],
)  # fmt: skip
def test_names(
    told: Mapping[str, Database],
    given: Sequence[str],
    prefixed: Sequence[str],
    nodes: tuple[str, ...],
    of_node: Mapping[str, str],
) -> None:
    names = names_of(told, given, prefixed)
    assert (names.nodes, dict(names.of_node)) == (nodes, of_node)
