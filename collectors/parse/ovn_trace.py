"""The output of ovn-trace(8) in its detailed form, which is the default."""

import json
import re
from typing import Final

from ovntrace.model.tooltrace import LogicalStep, LogicalTrace

_STRING: Final = r'("(?:[^"\\]|\\.)*")'
_HEADER: Final = re.compile(
    rf"^ *(ingress|egress)\(dp={_STRING}(?:, inport={_STRING})?(?:, outport={_STRING})?\)$"
)
_FLOW: Final = re.compile(r"^ *\d+\. (\w+) .*, priority \d+, uuid ([0-9a-f]{8})$")
_OUTPUT: Final = re.compile(rf"^ */\* output to {_STRING}, type ")
_MOST_LINES: Final = 100_000
_MOST_SAID: Final = 200


def parse_ovn_trace(data: bytes) -> LogicalTrace | str:
    """What the tool said of the packet, or why it said nothing.

    It ends with exit code 0 too when it knows no such datapath or can't read the microflow: then
    there is no pipeline, and its first line says why. What follows a reject concerns the answer to
    it, not the packet.
    """
    steps: list[LogicalStep] = []
    outputs: list[str] = []
    outport: str | None = None
    inport = ""
    rejects = False
    lines = data.decode("utf-8", "replace").splitlines()[:_MOST_LINES]
    for line in lines:
        if header := _HEADER.match(line):
            outport = _unquoted(header[4]) if header[4] else ""
            if header[1] == "ingress" and header[3]:
                inport = _unquoted(header[3])
        elif outport is None:
            continue
        elif flow := _FLOW.match(line):
            steps.append(LogicalStep(flow[1], flow[2], outport))
        elif output := _OUTPUT.match(line):
            outputs.append(_unquoted(output[1]))
        elif line.lstrip().startswith("reject {"):
            rejects = True
            break
    if outport is None:
        said = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        return said[0][:_MOST_SAID] if said else "it printed nothing"
    return LogicalTrace(tuple(steps), tuple(outputs), rejects, inport)


def _unquoted(text: str) -> str:
    """A string as OVN prints it (JSON's escapes)."""
    try:
        return str(json.loads(text, strict=False))
    except (ValueError, RecursionError):
        return text[1:-1]
