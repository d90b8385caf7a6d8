"""One behaviour: whichever way in is asked about the lab, the answer is the same JSON, but for what
the table in `unseen` names. What a way can't see is a gap that names one that can."""

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab import example as ex
from tests.lab.api_process import serve_api
from tests.lab.asking import (
    Answer,
    ask_dump,
    ask_live,
    ask_local,
    ask_ovsdb,
    ask_process,
    ovsdb_words,
)
from tests.lab.keyed_differences import Difference, differences
from tests.lab.lab import Lab
from tests.lab.same_answer import comparable, dump_of
from tests.lab.sshd import SshNode, ask_here, ask_ssh, nodes_in
from tests.lab.unseen import DUMP, LOCAL, OVSDB, SSH, TABLE, rows_of, unneeded, without_gaps

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]

KUBE = "kube"
WAYS = (LOCAL, SSH, OVSDB, DUMP)
Ask = Callable[..., Answer]


def _name(pod: ex.Pod) -> str:
    return f"vm/{pod.vm.name}" if pod.vm else f"pod/{pod.name}"


WORKLOADS = tuple(map(_name, ex.PODS))
GOLD, GREEN = _name(ex.GOLD_LAUNCHER), _name(ex.GREEN_LAUNCHER)
ENDS = (*WORKLOADS, ex.LOCALNET_SUBNET_GATEWAY, ex.INTERNET)
NETWORKS = (ex.NETWORK, "default")
QUESTIONS: tuple[tuple[str, ...], ...] = (
    *(("explain", name) for name in WORKLOADS),
    ("explain", ex.TINYPOD.lsp),
    ("explain", WORKLOADS[0], "--to", ex.OUTSIDE_VM, "--network", ex.NETWORK, "--tcp", "22"),
    ("trace", WORKLOADS[1], WORKLOADS[0], "--network", ex.NETWORK),
    ("trace", WORKLOADS[0], ex.INTERNET, "--network", ex.NETWORK),
    ("trace", WORKLOADS[0], WORKLOADS[1], "--network", "default"),
    # What is not known of guests can be said.
    ("trace", GOLD, WORKLOADS[1], "--network", ex.NETWORK, "--src-ip", "192.168.77.71"),
    ("trace", WORKLOADS[1], GREEN, "--network", ex.NETWORK, "--dst-ip", "192.168.77.72"),
    ("ls",),
    ("lint",),
)
FLOWS = [
    {"src": a, "dst": b, "proto": "icmp", "network": network}
    for network in NETWORKS
    for a, b in itertools.permutations(ENDS, 2)
    if a.count("/")
]
_FOR_FLOWS = ("trace", WORKLOADS[0], WORKLOADS[1], "--network", "default")


@dataclass(frozen=True, slots=True)
class Said:
    """All answers of one way in: of each question, and the lines of the file of flows."""

    ask: Ask
    answers: Mapping[tuple[str, ...], Answer]
    flows: Answer

    def documents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each with its question; of the flows each line."""
        for words, answer in self.answers.items():
            yield " ".join(words), without_gaps(comparable(answer))
        for line in self.flows.text.splitlines():
            document = json.loads(line)
            flow = document["flow"]
            yield f"flow {flow['src']} {flow['dst']} {flow['network']}", document

    def gaps(self, question: str) -> list[dict[str, Any]]:
        """Those of an answer. A line of the flows has none: they are those of any flow."""
        words = _FOR_FLOWS if question.startswith("flow ") else question
        return _gaps(self.of(words).answer)

    def of(self, words: str | tuple[str, ...]) -> Answer:
        """The answer to a question, which may be one text."""
        [found] = [a for asked, a in self.answers.items() if words in (asked, " ".join(asked))]
        return found


def _gaps(value: Any) -> list[dict[str, Any]]:
    """All of them, wherever in a document."""
    if isinstance(value, list):
        return [gap for item in value for gap in _gaps(item)]
    if not isinstance(value, dict):
        return []
    return [*value.get("gaps", ()), *(gap for cell in value.values() for gap in _gaps(cell))]


def _artefact(gap: Mapping[str, Any]) -> str:
    return str(gap["artefact"]).partition(" of ")[0]


@pytest.fixture(scope="module")
def host(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshNode]:
    with nodes_in(lab, tmp_path_factory.mktemp("ssh")) as make:
        yield make()


@pytest.fixture(scope="module")
def dump(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dump_of(lab, tmp_path_factory.mktemp("dump") / "dump.tar.gz")


@pytest.fixture(scope="module")
def said(
    lab: Lab, host: SshNode, dump: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Said]:
    """What each way in says, asked once."""
    asks: dict[str, Ask] = {
        KUBE: lambda *words: ask_live(lab, *words),
        LOCAL: lambda *words: ask_local(lab, *words),
        SSH: lambda *words: ask_here(host, *words),
        OVSDB: lambda *words: ask_ovsdb(lab, *words),
        DUMP: lambda *words: ask_dump(dump, *words),
    }
    flows = tmp_path_factory.mktemp("flows") / "flows"
    flows.write_text("".join(f"{json.dumps(flow)}\n" for flow in FLOWS))
    return {
        way: Said(
            ask,
            {words: ask(*words, "-o", "json") for words in QUESTIONS},
            ask("trace", "--flows", str(flows)),
        )
        for way, ask in asks.items()
    }


def test_the_reference_sees_everything(said: dict[str, Said]) -> None:
    for words, answer in said[KUBE].answers.items():
        assert _gaps(answer.answer) == [], words
    verdicts = [json.loads(line)["verdict"] for line in said[KUBE].flows.text.splitlines()]
    assert len(verdicts) == len(FLOWS) > 50
    assert set(verdicts) >= {"allow", "drop"}
    assert verdicts.count("allow") > 20


def _found(said: dict[str, Said], way: str) -> dict[str, list[Difference]]:
    both = zip(said[KUBE].documents(), said[way].documents(), strict=True)
    found = {}
    for (question, reference), (same, other) in both:
        assert same == question
        found[question] = list(differences(reference, other))
    return found


@pytest.mark.parametrize("way", [LOCAL, SSH, OVSDB])
def test_it_differs_in_what_the_table_names_and_nothing_else(
    said: dict[str, Said], way: str
) -> None:
    found = _found(said, way)
    unnamed = [
        f"{question}: {one}"
        for question, ones in found.items()
        for one in ones
        if not rows_of(way, question, one)
    ]
    assert not unnamed, "\n".join(unnamed)
    assert unneeded(way, found) == []


@pytest.mark.parametrize("way", [LOCAL, SSH, OVSDB])
def test_what_differs_is_told_as_a_gap(said: dict[str, Said], way: str) -> None:
    for question, ones in _found(said, way).items():
        told = {_artefact(gap) for gap in said[way].gaps(question)}
        for one in ones:
            for row in rows_of(way, question, one):
                assert set(row.gaps) <= told, f"{question}: {one}"


def test_what_is_lost_has_a_gap() -> None:
    silent = {row.why for row in TABLE if not row.gaps}
    assert all(row.gaps for row in TABLE if {"lost", "part", "unknown"} & set(row.how))
    assert len(silent) < 4


@pytest.mark.parametrize("way", [LOCAL, SSH, OVSDB])
def test_each_gap_names_a_way_that_sees_it(said: dict[str, Said], way: str) -> None:
    seen = 0
    for words, answer in said[way].answers.items():
        for gap in _gaps(answer.answer):
            assert gap["reason"] == "unsupported", (words, gap)
            others = _ways_named(gap["hint"])
            assert others, (words, gap)
            for other in others:
                there = {_artefact(one) for one in _gaps(said[other].of(words).answer)}
                assert _artefact(gap) not in there, (words, gap, other)
            seen += 1
    assert seen > 50


def _ways_named(hint: str) -> set[str]:
    options = set(re.findall(r"(?<!without )--(local|ssh|ovsdb)\b", hint))
    return options | ({KUBE} if "the Kubernetes API shows it" in hint else set())


def test_a_dump_says_every_word_of_it(said: dict[str, Said]) -> None:
    """Gaps and commands too, with keys and rows in the same order."""
    for words, live in said[KUBE].answers.items():
        kept = said[DUMP].answers[words]
        assert json.dumps(comparable(live)) == json.dumps(comparable(kept)), words
    assert said[DUMP].flows.text == said[KUBE].flows.text


def test_a_host_is_what_it_says_itself(said: dict[str, Said]) -> None:
    """By SSH as on the node: only the words before commands and the hints of gaps are others."""
    for words, local in said[LOCAL].answers.items():
        there = said[SSH].answers[words]
        assert _plain(there) == _plain(local), words
    assert said[SSH].flows.text == said[LOCAL].flows.text == said[OVSDB].flows.text


def _plain(answer: Answer) -> Any:
    def without(value: dict[str, Any]) -> dict[str, Any]:
        return {key: cell for key, cell in value.items() if key not in ("command", "hint")}

    return json.loads(json.dumps(comparable(answer)), object_hook=without)


@pytest.mark.parametrize("way", [KUBE, *WAYS])
def test_exit_codes_are_those_of_the_answers(said: dict[str, Said], way: str) -> None:
    codes = {answer.code for answer in said[way].answers.values()}
    assert codes == {0, 1}
    assert said[way].flows.code == 0
    kinds = {answer.answer["source"]["kind"] for answer in said[way].answers.values()}
    assert kinds == {way}


@pytest.mark.parametrize("way", [KUBE, SSH, OVSDB, DUMP])
def test_a_process_of_its_own_says_the_same(
    lab: Lab, host: SshNode, dump: Path, said: dict[str, Said], way: str
) -> None:
    """All but --local are asked in this process."""
    words = (*QUESTIONS[3], "-o", "json")
    if way == SSH:
        there = ask_ssh(host, *words)
    else:
        more = {DUMP: ["--from", str(dump)], OVSDB: ovsdb_words(lab)}.get(way, [])
        kubeconfig = serve_api(lab.folder) if way == KUBE else "/nowhere/kubeconfig"
        there = ask_process([*words, *more], {"KUBECONFIG": str(kubeconfig)})
    here = said[way].answers[QUESTIONS[3]]
    assert there.stderr == here.stderr
    assert json.dumps(comparable(there)) == json.dumps(comparable(here))
