"""A flow by names, put to us and to ovn-trace over the same northbound database."""

import re
import subprocess
from dataclasses import dataclass

from ovntrace.model.northbound import Northbound
from ovntrace.model.snapshot import Snapshot
from ovntrace.verdict.trace import Tracer
from ovntrace.verdict.types import Flow, TraceView
from tests.verdict.scratch import Scratch

_OUTPUT = re.compile(r'output\("([^"]*)"\)')
EPHEMERAL = 40000


@dataclass(frozen=True, slots=True)
class Asked:
    """A flow as a person asks for it."""

    src: str
    dst: str
    proto: str = "icmp"
    dport: int | None = None
    network: str | None = None

    def __str__(self) -> str:
        port = "" if self.dport is None else f" {self.dport}"
        return f"{self.src} -> {self.dst} {self.proto}{port}"


def ours(nb: Northbound, asked: Asked) -> TraceView:
    """Our answer."""
    snapshot = Snapshot("dump", "test", nb={"node": nb})
    flow = Flow(asked.src, asked.dst, asked.proto, asked.dport, network=asked.network)
    return Tracer(snapshot).trace(flow, now=0)


def theirs(scratch: Scratch, view: TraceView, ports: tuple[str, str]) -> tuple[str, str]:
    """What ovn-trace says there and back, `allow` or `drop`, of the packet that our answer is
    about."""
    there = _microflow(view, ports[0], back=False)
    back = _microflow(view, ports[1], back=True)
    nb = scratch.northbound()
    return (
        _reached(scratch, nb, ports, there, "new"),
        _reached(scratch, nb, ports[::-1], back, "est,rpl"),
    )


def _microflow(view: TraceView, inport: str, *, back: bool) -> str:
    flow = view.flow
    near, far = ("dst", "src") if back else ("src", "dst")
    terms = [
        f'inport == "{inport}"',
        f"eth.src == {flow[f'{near}_mac']}",
        f"eth.dst == {flow[f'{far}_mac']}",
        f"ip4.src == {flow[f'{near}_ip']}",
        f"ip4.dst == {flow[f'{far}_ip']}",
        "ip.ttl == 64",
    ]
    if flow["proto"] == "icmp":
        terms.append(f"icmp4.type == {0 if back else 8}")
    else:
        sport, dport = (flow["dport"], EPHEMERAL) if back else (EPHEMERAL, flow["dport"])
        terms += [f"{flow['proto']}.src == {sport}", f"{flow['proto']}.dst == {dport}"]
    return " && ".join(terms)


def _reached(
    scratch: Scratch, nb: Northbound, ports: tuple[str, str], microflow: str, ct: str
) -> str:
    inport = nb.port(ports[0])
    assert inport is not None
    switch = nb.switch_of(inport.uuid)
    assert switch is not None
    argv = [scratch.programs.path("ovn-trace"), f"--db={scratch.remote}", "--minimal"]
    argv += ["--no-friendly-names", *([f"--ct={ct}"] * 6), switch.name, microflow]
    done = subprocess.run(
        argv, env=scratch.env, capture_output=True, text=True, check=True, timeout=60
    )
    return "allow" if ports[1] in _OUTPUT.findall(done.stdout) else "drop"
