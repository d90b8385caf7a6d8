"""The ping table of the running example, predicted from a dump alone, against real pings."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.dump import Dump
from collectors.dump.writer import write_dump
from collectors.kube import Kube
from examples.make_dump import collect
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow
from tests.captured import whole_snapshot
from tests.lab import example as ex
from tests.lab import pings
from tests.lab.api_process import serve_api
from tests.lab.fixtures import NewLab, newest_only
from tests.lab.lab import Lab
from tests.lab.toolset import INSTALLED

_SHIPPED = Path(__file__).parents[2] / "examples" / "llm-demo.tar.gz"
_PODS = {pod.short_name: f"vm/{pod.vm.name}" if pod.vm else f"pod/{pod.name}" for pod in ex.PODS}
_OUTSIDE = ("gateway", "outside", "internet")
Cell = tuple[str, str]


def _cells() -> list[Cell]:
    """Pairs on the localnet network; what stays outside of OVN is not OVN's to judge."""
    names = [*_PODS, *_OUTSIDE]
    return [
        (source, target)
        for source in names
        for target in names
        if source != target
        and source != "internet"
        and not (source in _OUTSIDE and target in _OUTSIDE)
    ]


def _predicted(tracer: Tracer, cell: Cell) -> bool:
    source, target = (_PODS.get(name, pings.ADDRESSES[name]) for name in cell)
    view = tracer.trace(Flow(source, target, network=ex.NETWORK), now=0)
    assert view.verdict in ("allow", "drop"), (cell, view.verdict, view.reason)
    return view.verdict == "allow" and view.reply is not None and view.reply.verdict == "allow"


def _of_the_field(cell: Cell) -> bool:
    """What the field's cluster showed; a pod reaches the internet by its other network only."""
    by_other_network = cell[0].startswith("tinypod") and cell[1] == "internet"
    return not by_other_network and pings.expected(*cell, policies=True)


def test_the_shipped_dump_gives_the_fields_table() -> None:
    tracer = Tracer(whole_snapshot(_SHIPPED))
    wrong = [cell for cell in _cells() if _predicted(tracer, cell) != _of_the_field(cell)]
    assert len(_cells()) == 45
    assert wrong == []


def test_a_drop_names_the_policy_and_what_it_allows() -> None:
    tracer = Tracer(whole_snapshot(_SHIPPED))
    view = tracer.trace(Flow("tinypod-01", "tinypod-02", network=ex.NETWORK), now=0)
    assert view.reason == (
        "at tinypod-01's egress: default deny of llm-demo/allow-ipblock-01,deny-by-default; "
        "MultiNetworkPolicy llm-demo/allow-ipblock-01, Egress rule 0, to[0] allows only if "
        "ip4.dst == 192.168.77.91"
    )
    assert view.deciding is not None
    assert view.deciding.policy is not None
    assert view.deciding.policy.kind == "default-deny"
    assert view.reply is None
    assert [miss.acl.name for miss in view.near_misses] == ["NP:llm-demo:allow-ipblock-01:Egress:0"]


def test_the_mistyped_address_of_the_field_report() -> None:
    """192.169.77.10 is not 192.168.77.10: it is outside of the subnet, where the VM may go."""
    tracer = Tracer(whole_snapshot(_SHIPPED))
    gold = _PODS["gold-rabbit-80"]
    mistyped = tracer.trace(Flow(gold, "192.169.77.10", network=ex.NETWORK), now=0)
    assert mistyped.verdict == "allow"
    assert mistyped.deciding is not None
    assert mistyped.deciding.match.startswith(
        "ip4.dst == 0.0.0.0/0 && ip4.dst != {192.168.77.0/24}"
    )
    meant = tracer.trace(Flow(gold, "192.168.77.10", network=ex.NETWORK), now=0)
    assert meant.verdict == "drop"


def _dumped(lab: Lab, folder: Path) -> Snapshot:
    """A dump of the lab through its API, and what is read from it alone."""
    kube = Kube.open(kubeconfig=str(serve_api(lab.folder)))
    try:
        results = collect(kube)
    finally:
        kube.close()
    write_dump(
        folder,
        results,
        nodes=[ex.NODE],
        origin={"kind": "kube", "place": "lab"},
        created_at=datetime.now(UTC),
        ovntrace_version="0",
    )
    assert Dump(folder).nodes() == (ex.NODE,)
    return whole_snapshot(folder)


def _really(lab: Lab, cell: Cell) -> bool:
    source, target = cell
    if source.startswith("tinypod") and target == "internet":
        argv = ["ping", "-n", "-q", "-c", "2", "-i", "0.2", "-W", "0.8", "-I", "net1"]
        inside = lab.inside(pings.netns_of(lab, source), *argv, pings.ADDRESSES[target])
        return inside.returncode == 0
    return pings.ping(lab, source, target)


@pytest.mark.lab
@pytest.mark.parametrize(
    "ovn",
    [
        INSTALLED,
        pytest.param("25.03", marks=pytest.mark.peers),
        pytest.param("26.03", id="newest", marks=[pytest.mark.peers, newest_only]),
    ],
)
@pytest.mark.parametrize("policies", [True, False], ids=["policies", "no-policies"])
def test_real_pings(new_lab: NewLab, tmp_path: Path, ovn: str, policies: bool) -> None:
    lab = new_lab(ovn=ovn, policies=policies)
    tracer = Tracer(_dumped(lab, tmp_path / "dump"))
    predicted = {cell: _predicted(tracer, cell) for cell in _cells()}
    with ThreadPoolExecutor(max_workers=16) as pool:
        real = dict(zip(_cells(), pool.map(lambda cell: _really(lab, cell), _cells()), strict=True))
    # A ping may be lost on a busy machine; a wrong verdict stays wrong.
    suspects = [cell for cell in _cells() if predicted[cell] != real[cell]]
    assert [cell for cell in suspects if predicted[cell] != _really(lab, cell)] == []
    assert any(predicted.values())
