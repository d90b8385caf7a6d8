"""The output of `ovs-appctl ofproto/trace` (ovs-vswitchd(8), OFPROTO COMMANDS)."""

import re
from typing import Final

from collectors.parse.tunnel_actions import tunnels_of
from ovntrace.model.tooltrace import OpenflowEntry, OpenflowOutput, OpenflowStep, OpenflowTrace

_BRIDGE: Final = re.compile(r'^( *)bridge\("([^"]*)"\)$')
_FLOW: Final = re.compile(
    r"^( *)(\d+)\. (?:.*, )?priority (\d+)(?:, cookie 0x([0-9a-f]{1,16}))?[^,]*$"
)
_IN_PORT: Final = re.compile(r"[ ,]in_port=(\d{1,10})[, ]")
_OUTPUT: Final = re.compile(r"^( *)output:(\d+)$")
_ACTIONS: Final = re.compile(r"^Datapath actions: (.*)$")
# OVN's opcode of a reject, at the head of what ovn-controller is sent (OVN's lib/actions.h).
_REJECT: Final = re.compile(r"^ *controller\(userdata=00\.00\.00\.16\.")
_GROUP: Final = re.compile(r"(\w+)\(([^()]*)\)")
_HOLDERS: Final = frozenset({"clone", "check_pkt_len", "gt", "le", "actions", "sample"})
_DEEPEST: Final = 20
_MOST_LINES: Final = 100_000
_MOST_SAID: Final = 200


def parse_ofproto_trace(data: bytes) -> OpenflowTrace | str:
    """What the tool said of the packet, or why it said nothing.

    Steps are those of the bridge that was asked: what a patch port hands on to another one (and
    that one back) is not part of them. Outputs are all that the trace has.
    """
    reader = _Reader()
    lines = data.decode("utf-8", "replace").splitlines()[:_MOST_LINES]
    for line in lines:
        reader.read(line)
    if not reader.actions:
        said = [line.strip() for line in lines if line.strip()]
        if reader.steps:
            return "it ends before the datapath's actions"
        return said[0][:_MOST_SAID] if said else "it printed nothing"
    return OpenflowTrace(
        tuple(reader.steps),
        tuple(reader.outputs),
        any(_leaves(actions) for actions in reader.actions),
        reader.rejects,
        reader.actions[-1],
        tuple(reader.entries),
        tuple(one for actions in reader.actions for one in tunnels_of(actions)),
    )


class _Reader:
    """Line by line; a bridge inside of another one is deeper indented."""

    def __init__(self) -> None:
        self.steps: list[OpenflowStep] = []
        self.outputs: list[OpenflowOutput] = []
        self.actions: list[str] = []
        self.rejects = False
        self.entries: list[OpenflowEntry] = []
        self._bridges: list[tuple[int, str]] = []
        self._asked = ""
        self._is_entering = False

    def read(self, line: str) -> None:
        if bridge := _BRIDGE.match(line):
            self._enter(len(bridge[1]), bridge[2])
            return
        if actions := _ACTIONS.match(line):
            self.actions.append(actions[1])
            return
        indent = len(line) - len(line.lstrip(" "))
        while len(self._bridges) > 1 and line.strip() and indent < self._bridges[-1][0]:
            self._bridges.pop()
        if not self._bridges:
            return
        if flow := _FLOW.match(line):
            self._step(flow)
        elif output := _OUTPUT.match(line):
            at = len(self.steps)
            self.outputs.append(OpenflowOutput(self._bridges[-1][1], int(output[2][:10]), at))
        elif _REJECT.match(line):
            self.rejects = self.rejects or len(self._bridges) == 1

    def _enter(self, indent: int, name: str) -> None:
        self._bridges = [(i, n) for i, n in self._bridges if i < indent]
        self._bridges.append((indent, name))
        self._asked = self._asked or name
        self._is_entering = name != self._asked

    def _step(self, flow: re.Match[str]) -> None:
        if self._is_entering:
            port = _IN_PORT.search(flow[0])
            number = int(port[1]) if port else None
            self.entries.append(OpenflowEntry(self._bridges[-1][1], number))
            self._is_entering = False
        if len(self._bridges) != 1:
            return
        number = int(flow[4] or "0", 16)
        # OVN's cookies have 32 bits; leading zeros are not printed.
        cookie = f"{number:08x}" if 0 < number < 1 << 32 else ""
        step = OpenflowStep(self._bridges[0][1], int(flow[2][:5]), int(flow[3][:10]), cookie)
        self.steps.append(step)


def _leaves(actions: str) -> bool:
    """True if any datapath action gives a packet to a port: a number by itself."""
    for _ in range(_DEEPEST):
        actions, changed = _GROUP.subn(
            lambda m: f",{m[2]}," if m[1] in _HOLDERS else ("0" if m[1] == "tnl_push" else ""),
            actions,
        )
        if not changed:
            break
    return any(word.strip().isdigit() for word in actions.split(","))
