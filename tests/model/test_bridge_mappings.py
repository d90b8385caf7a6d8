"""ovn-bridge-mappings as ovn-controller reads it."""

import pytest

from ovntrace.model.openvswitch import OpenVswitch, parse_bridge_mappings
from tests.tables import database, uid


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, {}),
        ("", {}),
        ("physnet:br-ex", {"physnet": "br-ex"}),
        ("a:br-a,b:br-b", {"a": "br-a", "b": "br-b"}),
        ("a:br-a,a:br-b", {"a": "br-a"}),
        ("a:br:x", {"a": "br:x"}),
        (" a:br-a", {" a": "br-a"}),
        ("a:br-a,broken,b:br-b", {"a": "br-a"}),
        (":br-a,b:br-b", {}),
        ("a:,b:br-b", {}),
    ],
)
def test_parse(text: str | None, expected: dict[str, str]) -> None:
    assert parse_bridge_mappings(text) == expected


def test_a_key_of_the_chassis_counts_first() -> None:
    ids = {
        "system-id": "c1",
        "ovn-bridge-mappings": "a:br-a",
        "ovn-bridge-mappings-c1": "a:br-b",
    }
    ovs = OpenVswitch(database(Open_vSwitch=[{"_uuid": uid("o"), "external_ids": ids}]))
    assert ovs.bridge_mappings == "a:br-b"
