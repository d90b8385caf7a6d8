"""Many flows by the names of pods, as a team keeps them in a file, against the same in OVN's terms.

A flow by name is more: who the ends are, ARP before it and the reply after it. It is not to grow
with the pods that there are besides.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.pods import flows as some_flows
from benchmarks.pods import named, raw, snapshot
from benchmarks.results import Ratio, Result
from benchmarks.rounds import interleaved
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.flows import FlowJudge

_PODS, _GROUPS, _ACLS, _FLOWS = 1000, 100, 5000, 1000
_GOAL = 20


def flows(rounds: int) -> list[Result]:
    """A thousand flows between a thousand pods."""
    chosen = some_flows(_PODS, _FLOWS)
    by_name, in_terms = [named(one) for one in chosen], [raw(one) for one in chosen]
    loaded: list[Snapshot] = []

    def load(_name: str) -> None:
        """As a command does: nothing that was looked up before helps."""
        loaded[:] = [snapshot(_PODS, _GROUPS, _ACLS)]
        gc.collect()
        gc.freeze()

    load("")
    if _verdicts(loaded[0], by_name) != _verdicts(loaded[0], in_terms):
        raise RuntimeError("flows by name and in OVN's terms have other verdicts")
    timings = interleaved(
        {"named": _asking(loaded, by_name), "raw": _asking(loaded, in_terms)},
        rounds,
        before=load,
    )
    title = f"{_FLOWS:,} flows by name, {_PODS:,} pods, {_ACLS:,} ACLs"
    peer = "their first packets as microflows"
    return [Ratio(title, peer, timings["named"], timings["raw"], _GOAL)]


def _asking(
    loaded: Sequence[Snapshot], questions: Sequence[Mapping[str, Any]]
) -> Callable[[], object]:
    return lambda: _verdicts(loaded[0], questions)


def _verdicts(one: Snapshot, questions: Sequence[Mapping[str, Any]]) -> list[str]:
    judge = FlowJudge(one, now=0.0)
    return [judge.answer(asked).verdict for asked in questions]
