"""diff of a live lab and the example's dump, which was made of another run with another OVN: the
same cluster, in which no uuid and no made-up MAC is the same."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.api_process import serve_api
from tests.lab.asking import Answer, ask_local, ask_with
from tests.lab.lab import Lab
from tests.lab.sshd import ask_ssh, nodes_in
from tests.lab.test_ovsdb import ask_ovsdb

pytestmark = pytest.mark.lab

DUMP = str(Path(__file__).parents[2] / "examples" / "llm-demo.tar.gz")
_PORT = "llm.demo.llm.demo.localnet.network_llm-demo_tinypod-01"
_SETTLES_S = 10.0


Ask = Callable[..., Answer]


def ask(lab: Lab, *words: str) -> Answer:
    return ask_with(serve_api(lab.folder), "diff", *words, "-o", "json")


@pytest.fixture(scope="module", params=["ssh", "ovsdb", "local"])
def ask_otherwise(
    request: pytest.FixtureRequest, lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ask]:
    """`ask_otherwise(*words)`, where `live` is not the API."""
    if request.param == "ovsdb":
        yield lambda *words: ask_ovsdb(lab, "diff", *words, "-o", "json")
    elif request.param == "local":
        yield lambda *words: ask_local(lab, "diff", *words, "-o", "json")
    else:
        with nodes_in(lab, tmp_path_factory.mktemp("ssh")) as make:
            node = make()
            yield lambda *words: ask_ssh(node, "diff", *words, "-o", "json")


@contextmanager
def disabled(lab: Lab, port: str) -> Iterator[None]:
    lab.ctl("ovn-nbctl", "--timeout=5", "--wait=hv", "lsp-set-enabled", port, "disabled")
    try:
        yield
    finally:
        lab.ctl("ovn-nbctl", "--timeout=5", "--wait=hv", "lsp-set-enabled", port, "enabled")


def same(lab: Lab, *words: str) -> Answer:
    """The answer once the lab has come to rest."""
    return at_rest(lambda *asked: ask(lab, *asked), *words)


def at_rest(question: Ask, *words: str) -> Answer:
    until = time.monotonic() + _SETTLES_S
    while (answer := question(*words)).code == 1 and time.monotonic() < until:
        time.sleep(0.5)
    return answer


def test_the_example_is_what_the_lab_is(lab: Lab) -> None:
    answer = same(lab, DUMP, "live")
    told = {key: value for key, value in answer.answer.items() if isinstance(value, list)}
    assert answer.code == 0, told
    assert answer.answer["flows"]["judged"] > 0
    assert answer.answer["flows"]["lost"] == 0
    assert {one["kind"] for one in answer.answer["sources"].values()} == {"dump", "kube"}


def test_a_port_that_was_disabled_since(lab: Lab) -> None:
    assert same(lab, DUMP, "live", "--workload", "tinypod-01").code == 0
    with disabled(lab, _PORT):
        there = ask(lab, DUMP, "live", "--workload", "tinypod-01")
        back = ask(lab, "live", DUMP, "--workload", "tinypod-01")
    assert (there.code, back.code) == (1, 1)
    for answer, states in ((there, ("ok", "broken")), (back, ("broken", "ok"))):
        [workload] = answer.answer["workloads"]
        [hop] = [hop for one in workload["attachments"] for hop in one["hops"]]
        assert hop["kind"] == "logical-switch-port"
        assert (hop["old"]["state"], hop["new"]["state"]) == states
    # What really passes there is told by the lab's pings: the two pairs with tinypod-01.
    flips = {(one["flow"]["src"], one["flow"]["dst"]) for one in there.answer["verdicts"]}
    assert flips == {
        ("pod/llm-demo/tinypod-01", "pod/llm-demo/tinypod"),
        ("vm/llm-demo/centos-stream9-gold-rabbit-80", "pod/llm-demo/tinypod-01"),
    }
    assert {one["new"]["verdict"] for one in there.answer["verdicts"]} == {"drop"}


def test_the_live_side_by_each_way(lab: Lab, ask_otherwise: Ask) -> None:
    """Only what needs a VM's addresses on its localnet is open: the API alone tells them."""
    for words in ((DUMP, "live"), (DUMP, "live", "--workload", "tinypod-01")):
        answer = at_rest(ask_otherwise, *words)
        assert answer.answer["outcome"] == {"exit_code": 3, "differs": False}, answer.text
        assert answer.code == 3
        flows = answer.answer["flows"]
        assert 0 < flows["lost"] < flows["judged"]
        assert {gap["reason"] for gap in answer.answer["gaps"]} == {"unsupported"}
        assert not any(gap["hides"] for gap in answer.answer["gaps"])
    with disabled(lab, _PORT):
        changed = ask_otherwise(DUMP, "live", "--workload", "tinypod-01")
    assert changed.code == 1
    [workload] = changed.answer["workloads"]
    [hop] = [hop for one in workload["attachments"] for hop in one["hops"]]
    assert hop["kind"] == "logical-switch-port"
    assert (hop["old"]["state"], hop["new"]["state"]) == ("ok", "broken")
    [flip] = changed.answer["verdicts"]
    assert (flip["old"]["verdict"], flip["new"]["verdict"]) == ("allow", "drop")
