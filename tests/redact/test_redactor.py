"""One pass over a text: addresses in every notation, and names, in whatever the text is."""

import ipaddress

import pytest

from ovntrace.redact import Originals, Redactor, addresses_of, clashes, new_key

KEY = b"a key"
FLOW = (
    "cookie=0x4bd1fbd2, priority=2001,ct_state=+new,nw_src=192.168.77.0/24,metadata=0x3 "
    "actions=load:0xc0a84d5b->NXM_NX_REG0[],load:0xa58c0a84d5b->NXM_OF_ETH_DST[],"
    "set_field:0xfd000000000000000000000000000091->xxreg0,resubmit(,12)"
)


def _redactor(text: str = "") -> Redactor:
    originals = Originals()
    for name, kind in (("llm-demo", "ns"), ("tinypod", "pod"), ("payroll", "lbl")):
        originals.add(name, kind)
    addresses_of(text, originals)
    return Redactor(KEY, originals)


def _v4(text: str) -> str:
    return str(_redactor().addresses.ip(ipaddress.ip_address(text)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ip4.src == 192.168.77.91 && tcp", f"ip4.src == {_v4('192.168.77.91')} && tcp"),
        ("{192.168.77.0/24, 0.0.0.0/0}", f"{{{_v4('192.168.77.0')}/24, 0.0.0.0/0}}"),
        ("192.168.77.0/255.255.255.0", f"{_v4('192.168.77.0')}/255.255.255.0"),
        ('"192.168.77.91:443"', f'"{_v4("192.168.77.91")}:443"'),
        ("tcp:192.168.77.91:6641", f"tcp:{_v4('192.168.77.91')}:6641"),
        ("via 192.168.77.91.", f"via {_v4('192.168.77.91')}."),
        ("tcp.dst == 8080 && ct.est", "tcp.dst == 8080 && ct.est"),
        ("2026-11-25T02:09:46.123Z", "2026-11-25T02:09:46.123Z"),
        ("ff:ff:ff:ff:ff:ff", "ff:ff:ff:ff:ff:ff"),
    ],
)
def test_addresses_of_version_4(before: str, after: str) -> None:
    assert _redactor().text(before) == after


@pytest.mark.parametrize(
    "text", ["fd00::91", "[fd00::91]:443", "fd00::/64", "ip6.src == fd00:0:0::91"]
)
def test_addresses_of_version_6(text: str) -> None:
    found = _redactor().text(text)
    new = str(_redactor().addresses.ip(ipaddress.ip_address("fd00::91")))
    assert "fd00::" not in found
    assert new.rpartition("::")[0] in found


def test_a_mac_address_in_either_case() -> None:
    lower, upper = map(_redactor().text, ("0a:58:c0:a8:4d:5b", "0A:58:C0:A8:4D:5B"))
    assert lower == upper.lower() != "0a:58:c0:a8:4d:5b"
    assert upper.isupper()


def test_addresses_that_openflow_prints_as_numbers() -> None:
    found = _redactor("192.168.77.91 0a:58:c0:a8:4d:5b fd00::91").text(FLOW)
    for original in ("c0a84d5b", "a58c0a84d5b", "fd000000000000000000000000000091", "192.168.77"):
        assert original not in found
    for kept in ("0x4bd1fbd2", "priority=2001", "metadata=0x3", "NXM_NX_REG0[]", "resubmit(,12)"):
        assert kept in found


def test_names_inside_of_json_inside_of_json() -> None:
    inner = r"{\"llm-demo/tinypod\": {\"ip_addresses\": [\"192.168.77.91/24\"]}}"
    text = f'{{"k8s.ovn.org/pod-networks": "{inner}"}}'
    found = _redactor().text(text)
    assert "k8s.ovn.org/pod-networks" in found
    for original in ("llm-demo", "tinypod", "192.168.77"):
        assert original not in found


def test_the_table_tells_each_original() -> None:
    redactor = _redactor()
    redactor.text("llm-demo/tinypod has 192.168.77.91")
    assert set(redactor.table) >= {"llm-demo", "tinypod", "192.168.77.91"}


def test_a_key_under_which_no_address_stands_for_another() -> None:
    originals = Originals()
    addresses_of(" ".join(f"10.{a}.{b}.7" for a in range(4) for b in range(64)), originals)
    assert not clashes(new_key(originals), originals)
