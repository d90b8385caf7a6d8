"""Which facts a person is shown, and that none is lost."""

import pytest

from ovntrace.view.types import Hop, State
from renderers.facts import BY_KIND, other_facts, shown_facts


def _shown(kind: str, **facts: object) -> str:
    hop = Hop(kind, "name", "node", State.OK, facts)
    return "  ".join("".join(piece.text for piece in token) for token in shown_facts(hop))


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        ("pod-interface", {"mtu": 1400, "ifindex": 3, "state": "up"}, "ifindex 3  mtu 1400  up"),
        ("host-interface", {"rx_dropped": 0, "tx_dropped": 3}, "tx dropped 3"),
        ("ovs-interface", {"drops": {"rx_dropped": 0, "tx_dropped": 0}}, ""),
        ("ovs-interface", {"drops": {"rx_dropped": 0, "tx_dropped": 2}}, "drops tx_dropped=2"),
        ("ovs-interface", {"ovn_installed": False}, "ovn-installed no"),
        ("ovs-interface", {"ovn_installed": True, "admin_state": "up"}, ""),
        ("ovs-interface", {"admin_state": "down", "error": "no device"}, None),
        ("port-binding", {"up": False, "type": ""}, "not up"),
        ("port-binding", {"up": None}, ""),
        ("logical-switch-port", {"enabled": False, "up": True}, "enabled no  up"),
        ("logical-switch", {"ports": ("a", "b"), "acls": 0}, "ports 2"),
        ("localnet-port", {"tag": 33}, "VLAN 33"),
        ("localnet-port", {"tag": 0}, ""),
        ("bridge-mapping", {"mappings": {"physnet": "br-ex"}}, "mappings physnet=br-ex"),
        ("tunnel", {"tunnels": {"worker-2": "ovn-1-0"}}, "tunnels 1"),
        ("never-heard-of", {"a": 1, "b": None, "c": ("x",)}, "a=1  c=x"),
    ],
)
def test_words(kind: str, facts: dict[str, object], words: str | None) -> None:
    shown = _shown(kind, **facts)
    assert shown == (words if words is not None else "admin down  error no device")


@pytest.mark.parametrize("kind", [*BY_KIND, "never-heard-of"])
def test_every_known_fact_is_either_shown_or_told_under_why(kind: str) -> None:
    names = {shown.name for listed in BY_KIND.values() for shown in listed} | {"sandbox"}
    facts: dict[str, object] = {name: f"value-of-{name}" for name in sorted(names)}
    hop = Hop(kind, "name", "node", State.OK, facts)
    tokens = [*shown_facts(hop), *other_facts(hop)]
    told = ["".join(piece.text for piece in token) for token in tokens]
    assert len(told) == len(names)
    for name in names:
        assert sum(one.endswith(f"value-of-{name}") for one in told) == 1
