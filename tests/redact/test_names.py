"""Names in texts: found between separators, the longest first, and words left alone."""

from hypothesis import given
from hypothesis import strategies as st

from ovntrace.policy.naming import hash_for_ovn, logical_port_name
from ovntrace.redact.names import WORDS, Name, NameStandIns
from ovntrace.view.vmi import network_hash

KEY = b"a key"
NAMES = [
    Name("llm-demo", "ns"),
    Name("tinypod", "pod"),
    Name("tinypod-01", "pod"),
    Name("localnet-cnv", "net"),
    Name("worker-0.example.com", "node"),
]


def _stand_ins(**also: object) -> NameStandIns:
    return NameStandIns(KEY, NAMES, **also)  # type: ignore[arg-type]


def test_the_longest_name_wins() -> None:
    stand_ins = _stand_ins()
    assert stand_ins.run("tinypod-01") != stand_ins.run("tinypod") + "-01"
    assert stand_ins.run("tinypod-02") == stand_ins.run("tinypod") + "-02"


def test_names_made_of_names_are_made_of_stand_ins() -> None:
    stand_ins = _stand_ins()
    ns, pod, net = map(stand_ins.run, ("llm-demo", "tinypod-01", "localnet-cnv"))
    original = logical_port_name("llm-demo/localnet-cnv", "llm-demo", "tinypod-01")
    assert stand_ins.run(original) == logical_port_name(f"{ns}/{net}", ns, pod)
    assert stand_ins.run("GR_worker-0.example.com").startswith("GR_node")
    assert stand_ins.run("patch-br-int-to-localnet.cnv_ovn_localnet_port") == (
        f"patch-br-int-to-{net}_ovn_localnet_port"
    )


def test_words_stay_and_are_told() -> None:
    stand_ins = NameStandIns(KEY, [Name("tcp", "name"), Name("80", "lbl"), Name("ns1", "ns")])
    assert stand_ins.run("tcp.dst") == "tcp.dst"
    assert stand_ins.kept == ("tcp", "80")
    assert "ns1" not in stand_ins.run("ns1_a")


def test_a_word_protects_what_it_is_made_of() -> None:
    stand_ins = NameStandIns(KEY, [Name("gress", "lbl")], words={"gress-index"})
    assert stand_ins.run("gress-index") == "gress-index"
    assert stand_ins.run("gress") != "gress"


def test_hashes_are_hashes_of_stand_ins() -> None:
    origin = "localnet.cnv_llm-demo_tinypod"
    stand_ins = _stand_ins(made={hash_for_ovn(origin): origin, network_hash("tinypod"): "tinypod"})
    ns, pod, net = map(stand_ins.run, ("llm-demo", "tinypod", "localnet-cnv"))
    assert stand_ins.run(hash_for_ovn(origin)) == hash_for_ovn(f"{net}_{ns}_{pod}")
    assert stand_ins.run(f"k6t-{network_hash('tinypod')}") == f"k6t-{network_hash(pod)}"
    assert stand_ins.run(f"pod{network_hash('tinypod')}") == f"pod{network_hash(pod)}"
    assert stand_ins.run(f"{network_hash('tinypod')}-nic") == f"{network_hash(pod)}-nic"


def test_a_hash_of_nobody_knows_what_has_a_stand_in_too() -> None:
    stand_ins = _stand_ins()
    new = stand_ins.run("a2829001848871617131_ingressDefaultDeny")
    assert "2829001848871617131" not in new
    assert new.endswith("_ingressDefaultDeny")


_TEXT = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)


@given(st.lists(_TEXT, min_size=1, max_size=12), _TEXT)
def test_no_name_survives_between_separators(texts: list[str], other: str) -> None:
    stand_ins = NameStandIns(KEY, [Name(text, "x") for text in texts])
    for text in texts:
        if text in stand_ins.kept or text.lower() in WORDS:
            continue
        found = stand_ins.run(f"{other}_{text}.{other}")
        assert f"_{text}." not in found


@given(st.lists(_TEXT, min_size=2, max_size=12, unique=True))
def test_different_names_have_different_stand_ins(texts: list[str]) -> None:
    stand_ins = NameStandIns(KEY, [Name(text, "x") for text in texts])
    replaced = [text for text in texts if text not in stand_ins.kept]
    assert len({stand_ins.run(text) for text in replaced}) == len(replaced)
