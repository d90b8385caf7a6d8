"""The commands over databases that real ovn-northd has filled, as `--ovsdb` reads them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ovntrace.view.types import ExplainView
from renderers.formats import render_explain
from renderers.load import load
from tests.cli.program import real, run
from tests.cms import incus, kube_ovn, neutron
from tests.cms.asking import explained
from tests.cms.rows import operations
from tests.cms.test_neutron import _cloud
from tests.renderers.test_documents import validate
from tests.verdict.scratch import Scratch

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("cms-23.03")]


@pytest.fixture(scope="module")
def scratch() -> Iterator[Scratch]:
    with Scratch("23.03") as started:
        yield started


def _asked(scratch: Scratch, *words: str) -> tuple[int, Any]:
    way = ("--ovsdb", f"nb={scratch.remote}", "--ovsdb", f"sb={scratch.remote}")
    done = run(real(*words, *way, "--output", "json"))
    return done.returncode, json.loads(done.stdout)


def test_neutron(scratch: Scratch) -> None:
    scratch.load(operations(neutron.tables()))
    _, document = _asked(scratch, "explain", neutron.INSTANCE_WEB)
    validate(document, "explain")
    assert document["workload"]["name"] == "web-1"
    assert document["workload"]["identity"]["project"] == neutron.PROJECT
    [attachment] = document["attachments"]
    assert attachment["network"] == "private"
    code, document = _asked(scratch, "trace", "web-1", neutron.DB, "--tcp", "5432")
    validate(document, "trace")
    assert code == 0
    assert document["deciding"]["policy"]["rule_id"] == neutron.rule_id("db-sql")
    code, document = _asked(scratch, "trace", "web-1", "edge-1", "--tcp", "80")
    assert (code, document["verdict"]) == (3, "unknown")
    code, document = _asked(scratch, "lint", "--network", "private")
    validate(document, "lint")
    assert code == 0


def test_kube_ovn(scratch: Scratch) -> None:
    scratch.load(operations(kube_ovn.tables()))
    code, document = _asked(scratch, "ls", "-n", "shop")
    validate(document, "ls")
    assert code == 0
    assert {row["lsp"] for row in document["workloads"]} == {
        "db.shop", "db.shop.net1.shop.ovn", "web.shop", "web.shop.net1.shop.ovn"}  # fmt: skip
    flow = ("trace", "shop/web", "shop/db", "--tcp", "80", "--network", "ovn-default")
    code, document = _asked(scratch, *flow)
    assert code == 1
    assert document["deciding"]["policy"]["name"] == "db-only"


def test_incus(scratch: Scratch) -> None:
    scratch.load(operations(incus.tables()))
    _, document = _asked(scratch, "explain", incus.FIRST)
    validate(document, "explain")
    assert document["workload"]["identity"]["cms"] == "incus"
    code, document = _asked(scratch, "trace", incus.SECOND, incus.FIRST, "--tcp", "81")
    assert (code, document["verdict"]) == (1, "reject")


def test_a_view_of_another_cms_can_be_had_back() -> None:
    view = explained(_cloud(), "web-1")
    document = json.loads(render_explain(view, "json"))
    validate(document, "explain")
    again = load(json.dumps(document))
    assert isinstance(again, ExplainView)
    assert again == view
    assert "instance" in render_explain(view, "tree")
