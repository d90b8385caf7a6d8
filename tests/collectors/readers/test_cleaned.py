"""Dumps whose addresses were taken out before they were sent: opaque names, and no guesses."""

import json
import re
from dataclasses import replace

import pytest

from ovntrace.api import AskedSnapshot, Flow, read_dump
from ovntrace.model.stand_ins import has_stand_in
from ovntrace.verdict.lint import lint
from ovntrace.view.subjects import all_workloads
from tests.captured import raw
from tests.collectors.dump.folders import write

OLD = "ovn-kubernetes-2023-12-running-example"
_MAC = re.compile(r"\b(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b")
_IP = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")


def cleaned(text: str, known: dict[str, int], *, static: bool) -> str:
    """As openshift/must-gather-clean writes it."""

    def stand_in(match: re.Match[str]) -> str:
        if static:
            return "xxx.xxx.xxx.xxx"
        return f"x-ipv4-{known.setdefault(match[0], len(known) + 1):010d}-x"

    return _IP.sub(stand_in, _MAC.sub("xx:xx:xx:xx:xx:xx", text))


@pytest.fixture(scope="module", params=[False, True], ids=["consistent", "static"])
def snapshot(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AskedSnapshot:
    known: dict[str, int] = {}
    files = {
        path: cleaned(json.dumps(document), known, static=request.param).encode()
        for path, document in raw(OLD).items()
    }
    return read_dump(write(tmp_path_factory.mktemp("cleaned"), files))


def test_every_workload_is_explained(snapshot: AskedSnapshot) -> None:
    subjects = all_workloads(snapshot)
    assert len(subjects) > 20
    for subject in subjects:
        view = snapshot.explain(str(subject))
        told = {
            finding.id for one in view.attachments for hop in one.hops for finding in hop.findings
        }
        assert "OVT403" not in told  # that others have the same stand-in says nothing
        assert all(name != "OVT404" for name in told)


def test_no_acl_is_said_to_be_dead(snapshot: AskedSnapshot) -> None:
    view = lint(snapshot, now=1.0)
    assert view.dead == ()
    assert any("taken out" in gap.detail for gap in view.gaps)


def test_a_verdict_that_needs_an_address_is_unknown(snapshot: AskedSnapshot) -> None:
    flow = Flow("tinypod-01", "tinypod", "tcp", 80, network="localnet-cnv")
    assert snapshot.trace(flow).verdict == "unknown"
    said = replace(
        flow,
        src_ip="192.168.77.92",
        dst_ip="192.168.77.91",
        src_mac="0a:58:c0:a8:4d:5c",
        dst_mac="0a:58:c0:a8:4d:5b",
    )
    assert snapshot.trace(said).verdict == "unknown"
    # Nothing of tinypod's egress is allowed: certainly not because addresses are gone.
    back = snapshot.trace(replace(said.reversed(), src_mac=said.dst_mac, dst_mac=said.src_mac))
    assert back.verdict != "allow"


def test_stand_ins() -> None:
    for text in ("ip4.src == x-ipv4-0000000007-x/32", "a xx:xx:xx:xx:xx:xx b", "xxx.xxx.xxx.xxx"):
        assert has_stand_in(text)
    for text in ("ip4.src == 10.0.0.1", "x-ray", "xx", "outport == @axx", "0a:58:c0:a8:4d:5b"):
        assert not has_stand_in(text)
