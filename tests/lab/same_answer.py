"""Two answers, live and from a dump, without what can't be equal: each thing is named here."""

import time
from pathlib import Path
from typing import Any

from tests.lab.asking import Answer, ask_live
from tests.lab.lab import Lab

# Where the answer is from, and when. All else of the source (the versions) must be equal.
_SOURCE = ("kind", "place", "taken_at", "age_s")
# Counters of interfaces, which go on while we ask.
_COUNTERS = ("rx_dropped", "tx_dropped", "rx_errors", "tx_errors", "drops")


def comparable(answer: Answer) -> dict[str, Any]:
    """The document with those blanked; also the exit code."""
    document = _without_counters(answer.answer)
    source = document.get("source")
    if isinstance(source, dict):
        for key in _SOURCE:
            assert key in source, source
            source[key] = None
    return {"code": answer.code, "document": document}


def _without_counters(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_counters(v) for key, v in value.items() if key not in _COUNTERS}
    if isinstance(value, list):
        return [_without_counters(item) for item in value]
    return value


def dump_of(lab: Lab, path: Path) -> Path:
    """A dump of a lab that has come to rest."""
    _rest(lab)
    done = ask_live(lab, "dump", "-o", str(path))
    assert (done.code, done.text) == (0, f"{path}\n"), done.stderr
    return path


def _rest(lab: Lab) -> None:
    """Wait until no flow comes any more: what has just come up is heard of for some time."""
    lab.settle()
    counts = [0]
    while len(counts) < 60 and (len(set(counts[-4:])) != 1 or not counts[-1]):
        time.sleep(0.25)
        flows = lab.ctl("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", "br-int")
        counts.append(flows.count(" cookie="))
