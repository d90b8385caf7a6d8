"""A must-gather, a KubeVirt must-gather and a sosreport of the running lab answer as the lab itself
does, but for what the table below names."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collectors.artifacts import BY_NAME
from collectors.dump import Dump
from ovntrace.model.capture import Capture, Missing, Target
from tests.lab import example as ex
from tests.lab import layouts
from tests.lab.asking import Answer, ask_here, ask_live
from tests.lab.keyed_differences import Difference, differences
from tests.lab.lab import Lab
from tests.lab.same_answer import comparable

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

# What is handed over: of a default must-gather the namespaces of users are not, of one that was
# told to inspect them their pods are.
DEFAULT, INSPECTED, KUBEVIRT, REPORT = "must-gather", "inspected", "kubevirt", "sosreport"
A, B, C, D = (DEFAULT,), (REPORT,), (INSPECTED, REPORT), (DEFAULT, KUBEVIRT, REPORT)
FORMS = (A, B, C, D)
Form = tuple[str, ...]
_NODE = Target(node=ex.NODE)


@dataclass(frozen=True, slots=True)
class NotHeld:
    """What differs where one of `forms` is asked, at paths that end so, and in which ways."""

    forms: tuple[Form, ...]
    where: str
    how: tuple[str, ...]
    why: str


_UNSEEN = ("lost", "unknown")
TABLE = (
    # Without the node's OVS and links
    NotHeld(
        (A,), "hops > (host|ovs)-interface > .+", _UNSEEN, "no OVS and no links of nodes in it"
    ),
    NotHeld((A,), "hops > patch-port [^>]+ > .+", _UNSEEN, "the same"),
    NotHeld((A,), "hops > external-bridge > .+", _UNSEEN, "the same"),
    NotHeld((A,), "hops > uplink", ("lost",), "the same: it is a port of the bridge"),
    NotHeld(
        (A,),
        "hops > bridge-mapping > (facts > source|evidence.*)",
        ("other", "lost", "more"),
        "the southbound database's Chassis has the mappings too",
    ),
    NotHeld((A,), "source > versions > ovs", ("lost",), "OVS says its own version only"),
    NotHeld((A,), "attachments > [^>]+ > state", ("unknown",), "of the hops above"),
    NotHeld((A,), "outcome > state", ("unknown",), "of the hops above"),
    NotHeld((A,), "(outcome > exit_)?code", ("other",), "3 instead of 0: something is unknown"),
    NotHeld((A,), "outcome > troubles.*", ("more", "lost"), "the hops above, as a list"),
    # Without the workload's own links
    NotHeld((A,), "hops > pod-interface > .+", (*_UNSEEN, "part"), "its links are not in it"),
    NotHeld(
        (A,),
        "hops > pod-interface > facts > mac",
        ("other",),
        "the port's MAC, which a launcher's nic does not have",
    ),
    NotHeld((A,), "hops > (tap|k6t-bridge|dummy-interface)", ("lost",), "the chain is links too"),
    NotHeld((D,), "facts > info_kind", ("lost",), "KubeVirt's `ip a` is without -d"),
    NotHeld(
        (B, C, D),
        "facts > (info_kind|state)",
        ("more",),
        "a pod's busybox prints less than the node's ip, which sos runs",
    ),
    NotHeld(
        (B, C, D),
        "hops > pod-interface > evidence > row > artefact",
        ("other",),
        "the same: JSON, text",
    ),
    # Without pods' objects
    NotHeld((A, B), "workload > phase", ("lost",), "the pod's status"),
    NotHeld((A, B), "attachments > [^>]+ > (interface|policies)", ("lost",), "the pod's labels"),
    NotHeld(
        (A, B),
        "(attachments|workloads) > [^>]+ > addresses",
        ("part",),
        "a logical port has no prefix lengths",
    ),
    NotHeld((A, B), "policy > name", ("other",), "a default deny is of a group, not of policies"),
    NotHeld((B,), "policy > (peer|cidr|ports)", ("lost",), "these are in policies' objects"),
    NotHeld((A, B), "findings > OVT801", ("lost",), "whom a policy selects"),
    NotHeld((B,), "outcome > (state|troubles.*)", ("other", "lost"), "that finding's warning"),
    # Without VirtualMachineInstances
    NotHeld((A, B, C), "hops > guest-interface", ("lost",), "the guest agent's words are there"),
    NotHeld((C,), "workload > phase", ("lost",), "a VM's phase is"),
    # What a dump has at hand and `ls` does not ask for
    NotHeld(FORMS, "source > versions > ovn", ("more",), "ports are looked up, so OVN is read"),
    NotHeld(FORMS, "workloads > [^>]+ > lsp", ("more",), "ports are looked up in it"),
    NotHeld((A, B), "workloads > [^>]+ > (interface|phase)", ("lost",), "the pods' status"),
)

_OF_NODE = {"ovs", "ovs-vswitchd", "node-links", "node-netns", "pod-links"}
_OF_VMS = {"virtualmachines", "virtualmachineinstances"}
_POLICIES = {"multi-networkpolicies", "networkpolicies"}
GAPS: Mapping[Form, set[str]] = {
    A: _OF_NODE | _OF_VMS,
    B: _OF_VMS | _POLICIES | {"pods", "network-attachment-definitions"},
    C: _OF_VMS,
    D: set(),
}


def _name(pod: ex.Pod) -> str:
    return f"vm/{pod.vm.name}" if pod.vm else f"pod/{pod.name}"


ENDS = (*map(_name, ex.PODS), "192.168.77.1", "8.8.8.8")
QUESTIONS = (*(("explain", _name(pod)) for pod in ex.PODS), ("ls",), ("lint",))
FLOWS = [
    {"src": a, "dst": b, "proto": "icmp", "network": network}
    for network in (ex.NETWORK, "default")
    for a, b in itertools.permutations(ENDS, 2)
    if a.count("/")
]


def _ask(paths: Sequence[Path], *words: str) -> Answer:
    return ask_here([*words, *(word for path in paths for word in ("--from", str(path)))], {})


@dataclass(frozen=True, slots=True)
class Laid:
    """The lab, what was collected of it, and what it says itself."""

    lab: Lab
    folder: Path
    live: Mapping[tuple[str, ...], Answer]

    def ask(self, form: Form, *words: str) -> Answer:
        """From all dumps of a form."""
        return _ask([self.folder / name for name in form], *words)

    @property
    def flows(self) -> str:
        """The file with all pairs."""
        return str(self.folder / "flows")


@pytest.fixture(scope="module")
def laid(breakable: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laid]:
    folder = tmp_path_factory.mktemp("layouts")
    layouts.unpacked(folder / DEFAULT, layouts.must_gather(breakable))
    inspected = layouts.must_gather(breakable, (ex.NAMESPACE,))
    (folder / INSPECTED).write_bytes(layouts.packed(inspected, "w:gz"))
    kubevirt = layouts.kubevirt_must_gather(breakable)
    (folder / KUBEVIRT).write_bytes(layouts.packed(kubevirt, "w"))
    layouts.unpacked(folder / REPORT, layouts.sosreport(breakable))
    (folder / "flows").write_text("".join(f"{json.dumps(flow)}\n" for flow in FLOWS))
    live = {words: ask_live(breakable, *words, "-o", "json") for words in QUESTIONS}
    yield Laid(breakable, folder, live)


def _named(form: Form) -> str:
    return "+".join(form)


def _differences(laid: Laid, form: Form) -> Iterator[tuple[str, Difference]]:
    for words, live in laid.live.items():
        kept = laid.ask(form, *words, "-o", "json")
        yield from ((" ".join(words), one) for one in _compared(live, kept))


def _compared(live: Answer, kept: Answer) -> Iterator[Difference]:
    """But for the gaps, of which live there are none."""
    one, other = comparable(live), comparable(kept)
    for document in (one["document"], other["document"]):
        del document["gaps"]
    return differences(one, other)


def _unnamed(form: Form, found: Iterable[tuple[str, Difference]]) -> str:
    return "\n".join(f"{words}: {one}" for words, one in found if not _rows(form, one))


def _rows(form: Form, one: Difference) -> list[NotHeld]:
    return [
        row for row in TABLE if form in row.forms and one.how in row.how and one.is_at(row.where)
    ]


@pytest.mark.parametrize("form", FORMS, ids=_named)
def test_answers_differ_in_what_the_table_names_and_nothing_else(laid: Laid, form: Form) -> None:
    found = list(_differences(laid, form))
    assert not _unnamed(form, found)
    used = [row for _, one in found for row in _rows(form, one)]
    assert [row for row in TABLE if form in row.forms and row not in used] == []


@pytest.mark.parametrize("form", FORMS, ids=_named)
def test_what_is_not_there_is_a_gap(laid: Laid, form: Form) -> None:
    found = laid.ask(form, "explain", _name(ex.GOLD_LAUNCHER), "-o", "json").answer["gaps"]
    assert {gap["artefact"].partition(" ")[0] for gap in found} == GAPS[form]
    assert {gap["reason"] for gap in found} <= {"absent"}


def _lines(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("form", FORMS, ids=_named)
def test_every_pairs_verdict_is_the_live_one_or_unknown(laid: Laid, form: Form) -> None:
    live = ask_live(laid.lab, "trace", "--flows", laid.flows)
    kept = laid.ask(form, "trace", "--flows", laid.flows)
    assert live.text.count("\n") == len(FLOWS) > 50
    if form == D:
        assert kept.text == live.text
        return
    assert live.text.count('"allow"') > 20
    # The addresses of guests are in VirtualMachineInstances only.
    vms = {_name(pod) for pod in ex.PODS if pod.vm}
    for known, line in zip(_lines(live), _lines(kept), strict=True):
        flow = line["flow"]
        if flow["network"] == ex.NETWORK and vms & {flow["src"], flow["dst"]}:
            assert line["verdict"] in (known["verdict"], "unknown"), flow
        else:
            assert line["verdict"] == known["verdict"], flow
        if line["deciding"] and known["deciding"]:
            assert line["deciding"]["uuid"] == known["deciding"]["uuid"], flow


def _without_source(answer: Answer) -> Any:
    """Both are of one report: only where the rows of NB and SB stood is another file."""
    document = comparable(answer)["document"]
    return {key: value for key, value in document.items() if key != "source"}


def test_a_node_that_only_lists_its_databases(laid: Laid, tmp_path: Path) -> None:
    """ovn_central's `list` and `show` of NB and SB, without their files."""
    listed = layouts.sosreport(laid.lab, files=False, lists=True)
    path = layouts.unpacked(tmp_path, listed)
    for words in (("lint",), ("explain", ex.TINYPOD.lsp), ("explain", _name(ex.GOLD_LAUNCHER))):
        from_files = laid.ask((REPORT,), *words, "-o", "json")
        from_lists = _ask([path], *words, "-o", "json")
        assert _without_source(from_lists) == _without_source(from_files), words


def test_flows_of_a_report_are_the_artefact(laid: Laid) -> None:
    dump = Dump(laid.folder / REPORT)
    for bridge in ("br-int", "br-ex"):
        found = dump.fetch(_NODE, BY_NAME["openflow"].filled({"bridge": bridge}), 1)
        assert isinstance(found, Capture)
        # Of those that sos has, the version that prints most.
        assert found.origin.endswith(f"ovs-ofctl_-O_OpenFlow15_dump-flows_{bridge}")
        assert found.data == (laid.folder / REPORT / found.origin).read_bytes()
        assert found.data.startswith(b"OFPST_FLOW reply (OF1.5)")
        assert b" cookie=" in found.data
    other = dump.fetch(_NODE, BY_NAME["openflow"].filled({"bridge": "br-none"}), 1)
    assert isinstance(other, Missing)


def test_a_packed_report_answers_as_the_folder(laid: Laid, tmp_path: Path) -> None:
    """sos packs it so; the pods' network namespaces are deep in it."""
    archive = tmp_path / "sosreport-master-01-demo.tar.xz"
    archive.write_bytes(layouts.packed(layouts.sosreport(laid.lab), "w:xz"))
    for pod in ex.PODS:
        words = ("explain", pod.lsp, "-o", "json")
        folder, packed = _ask([laid.folder / REPORT], *words), _ask([archive], *words)
        assert _links(packed.answer) == _links(folder.answer)
        assert "ok" in {state for kind, state in _links(packed.answer) if kind == "host-interface"}


def _links(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(hop["kind"], hop["state"]) for one in answer["attachments"] for hop in one["hops"]]


def test_a_fault_is_the_same_in_what_is_collected_then(laid: Laid, tmp_path: Path) -> None:
    """The last one: the lab is put right again, but nothing is collected anew."""
    lab, words = laid.lab, ("explain", _name(ex.GOLD_LAUNCHER), "-o", "json")
    told = lab.ctl("ovs-vsctl", "get", "Open_vSwitch", ".", "external_ids:ovn-bridge-mappings")
    lab.ctl("ovs-vsctl", "remove", "Open_vSwitch", ".", "external_ids", "ovn-bridge-mappings")
    try:
        lab.settle()
        live = ask_live(lab, *words)
        paths = [
            layouts.unpacked(tmp_path / DEFAULT, layouts.must_gather(lab)),
            laid.folder / KUBEVIRT,
            layouts.unpacked(tmp_path / REPORT, layouts.sosreport(lab)),
        ]
    finally:
        word = f"external_ids:ovn-bridge-mappings={told.strip()}"
        lab.ctl("ovs-vsctl", "set", "Open_vSwitch", ".", word)
        lab.settle()
    assert live.code == 1
    assert not _unnamed(D, ((words[1], one) for one in _compared(live, _ask(paths, *words))))
    alone = _ask(paths[:1], *words)
    states = {
        hop["kind"]: hop["state"] for one in alone.answer["attachments"] for hop in one["hops"]
    }
    assert alone.code == 1
    assert states["bridge-mapping"] == "broken"  # the southbound database tells it
    assert states["ovs-interface"] == "unknown"
