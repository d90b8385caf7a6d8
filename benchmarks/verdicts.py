"""Verdicts against real ovn-trace on the same databases: as a daemon that is asked over one
connection, and as a process for each flow."""

import gc
from collections.abc import Callable
from dataclasses import replace

from benchmarks.policies import SWITCH, Policies, generated
from benchmarks.results import NotRun, Ratio, Result
from benchmarks.rounds import interleaved
from ovntrace.match import version_of
from ovntrace.model.northbound import Northbound
from ovntrace.verdict.conntrack import NEW
from ovntrace.verdict.microflow import read_microflow
from ovntrace.verdict.pipeline import through_switch
from ovntrace.verdict.switch import SwitchModel
from tests.lab.commands import LabError
from tests.verdict.judge import read_trace
from tests.verdict.scratch import Scratch

VERSION = "23.03"
_FLOWS = 1000
# Against the daemon and the process. A few ACLs are little work, of which reading the microflow is
# most: there C is faster.
_FEW, _MANY = (8, 1 / 2), (1 / 10, 1 / 50)


def verdicts(rounds: int) -> list[Result]:
    """A switch like the running example's, with 14 ACLs, and one with 5,000."""
    results: list[Result] = []
    rounds = min(rounds, 11)  # the daemon's argument list has an end
    try:
        for size, goals in (((6, 2, 14), _FEW), ((1000, 100, 5000), _MANY)):
            with Scratch(VERSION) as scratch:
                results += _compare(scratch, generated(*size, _FLOWS), rounds, goals)
    except LabError as error:
        return [NotRun("verdicts", str(error))]
    return results


def _compare(
    scratch: Scratch, policies: Policies, rounds: int, goals: tuple[float, float]
) -> list[Result]:
    scratch.load(policies.operations)
    answers = _agreed(scratch, scratch.northbound(), policies)
    # The one packet is the first that passes all stages.
    passing = next(at for at, outputs in enumerate(answers) if outputs)
    alone = replace(policies, flows=policies.flows[passing:])
    loaded: list[Northbound] = []

    def load(name: str) -> None:
        """As a command does: it has just read the rows, and asks no snapshot twice, so that nothing
        that was looked up before helps. Python's collector is kept from going through them: the
        command line switches it off."""
        if name in ("ours", "cold"):
            loaded[:] = [scratch.northbound()]
            gc.collect()
            gc.freeze()

    timings = interleaved(
        {
            "daemon": _daemon(scratch, policies, rounds),
            "ours": lambda: ours(loaded[0], policies),
            "process": _process(scratch, alone),
            "cold": lambda: ours(loaded[0], alone, 1),
        },
        rounds,
        before=load,
    )
    name = f"{_FLOWS:,} verdicts, {policies.title}"
    cold = f"one verdict, cold, {policies.title}"
    peer = "ovn-trace daemon, one connection"
    daemon, process = goals
    return [
        Ratio(name, peer, timings["ours"], timings["daemon"], daemon),
        Ratio(cold, "ovn-trace process", timings["cold"], timings["process"], process),
    ]


def ours(nb: Northbound, policies: Policies, count: int = _FLOWS) -> list[frozenset[str]]:
    """The outputs of each flow, with all preparation from the loaded snapshot on."""
    switch = nb.switch_by_name(SWITCH)
    assert switch is not None
    model = SwitchModel(nb, switch, version_of(VERSION))
    answers = []
    for inport, microflow in policies.flows[:count]:
        port = nb.port(inport)
        assert port is not None
        packet = read_microflow(microflow, model.table)
        outcome = through_switch(model, port, packet, ct_in=NEW, ct_out=NEW)
        answers.append(frozenset(one.name for one in outcome.outputs))
    return answers


def _daemon(scratch: Scratch, policies: Policies, rounds: int) -> Callable[[], object]:
    # Started before it is timed; a flow uses up two states at most.
    daemon = scratch.start_daemon(["new"] * (2 * _FLOWS * (rounds + 1)))
    requests = [[SWITCH, microflow] for _, microflow in policies.flows]
    return lambda: daemon.calls("trace", requests)


def _process(scratch: Scratch, policies: Policies) -> Callable[[], object]:
    return lambda: scratch.trace_once(SWITCH, policies.flows[0][1], ["new", "new"])


def _agreed(scratch: Scratch, nb: Northbound, policies: Policies) -> list[frozenset[str]]:
    """The outputs of some flows. What is compared must be the same work."""
    some = policies.flows[:100]
    texts = scratch.trace(SWITCH, [microflow for _, microflow in some], "new")
    theirs = [
        read_trace(text, inport).outputs for text, (inport, _) in zip(texts, some, strict=True)
    ]
    answers = ours(nb, policies, len(some))
    if theirs != answers:
        raise RuntimeError(f"verdicts differ from ovn-trace's: {policies.title}")
    return answers
