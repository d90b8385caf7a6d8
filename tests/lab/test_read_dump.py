"""`read_dump` of what others collected of a lab: its answers are those of the commands."""

import json
from pathlib import Path

import pytest

from ovntrace.api import read_dump
from renderers.document import explain_document
from renderers.to_json import dump as to_json
from tests.lab import example as ex
from tests.lab import layouts
from tests.lab.asking import ask_dump
from tests.lab.lab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


@pytest.fixture(scope="module")
def report(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sosreport: pods' links stand by the names of their network namespaces."""
    return layouts.unpacked(tmp_path_factory.mktemp("sos"), layouts.sosreport(lab))


@pytest.mark.parametrize("pod", ex.PODS, ids=lambda pod: pod.short_name)
def test_a_sosreport_has_the_links_of_pods(report: Path, pod: ex.Pod) -> None:
    told = ask_dump(report, "explain", pod.lsp, "-o", "json").answer
    view = read_dump(report).explain(pod.lsp)
    assert json.loads(to_json(explain_document(view)))["attachments"] == told["attachments"]
    states = {hop.kind: hop.state for one in view.attachments for hop in one.hops}
    assert states["pod-interface"] == "ok"
    assert not [gap for gap in view.gaps if "pod-links" in gap.artefact]
