"""Flows of the captures as their own ovn-trace judged them (tests/captures/README.md)."""

import functools
import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ovntrace.match import version_of
from ovntrace.verdict.switch import SwitchModel
from tests import captured

CAPTURES: Final = tuple(
    sorted(
        path.name.removeprefix("truth-").removesuffix(".jsonl.gz")
        for path in captured.FOLDER.glob("truth-*.jsonl.gz")
    )
)
_AROUND: Final = re.compile(r"(?:reg8\[30\.\.31\] == \d && )?(?:reg0\[\d+\] == 1 && )?\((.*)\)")


@dataclass(frozen=True, slots=True)
class Judged:
    """A flow and ovn-trace's verdict. `last` is the last logical flow of an ACL that matched:
    stage and match."""

    zone: str
    datapath: str
    inport: str
    outport: str
    flow: str
    ct: Sequence[str]
    verdict: str
    last: tuple[str, str] | None

    @property
    def acl_match(self) -> str | None:
        """The match of the ACL behind `last`; None where none matched."""
        found = _AROUND.fullmatch(self.last[1]) if self.last else None
        return found[1] if found else None


@functools.cache
def judged(capture: str) -> tuple[Judged, ...]:
    """All flows of a capture."""
    data = (captured.FOLDER / f"truth-{capture}.jsonl.gz").read_bytes()
    lines = gzip.decompress(data).decode().splitlines()
    return tuple(
        Judged(**{**line, "last": tuple(line["last"]) if line["last"] else None})
        for line in map(json.loads, lines)
    )


@functools.cache
def model_of(capture: str, zone: str, datapath: str) -> SwitchModel:
    """The switch, with the version of OVN that the capture was made with."""
    nb = captured.snapshot(capture).nb[zone]
    switch = nb.switch_by_name(datapath)
    assert switch is not None and nb.northd_version is not None
    return SwitchModel(nb, switch, version_of(nb.northd_version.partition("-")[0]))
