"""What a tool printed is kept until it is parsed, however many places there are."""

import json
import threading
from collections.abc import Callable

import pytest

from collectors import reading
from collectors.artifacts import BY_NAME, NB_TABLES
from collectors.gather import Progress, Want
from collectors.reading import read_snapshot
from collectors.snapshot import _read_database, make_snapshot
from ovntrace.model.capture import Capture, Missing, Reason, Target
from tests.collectors.test_stream import Any

NB = BY_NAME["nb"]
_PARALLEL = 8


class Alive:
    """Counts captures whose bytes somebody still holds."""

    def __init__(self) -> None:
        self.now = self.most = self.made = 0
        self._lock = threading.Lock()

    def count(self, step: int) -> None:
        with self._lock:
            self.now += step
            self.made += step > 0
            self.most = max(self.most, self.now)

    def capture(self, target: Target, text: str) -> Capture:
        """A capture that is counted as long as its bytes live."""
        alive = self

        class Counted(bytes):
            def __del__(self) -> None:
                alive.count(-1)

        self.count(+1)
        return Capture(target, "nb", Counted(text.encode()), "file")


def _zone(name: str) -> str:
    """A northbound database whose only row tells the zone."""
    root = {"headings": ["_uuid", "name"], "data": [[["uuid", f"{name:0>8}"], name]]}
    empty = {"headings": ["_uuid"], "data": []}
    return "\n".join(json.dumps(root if table == "NB_Global" else empty) for table in NB_TABLES)


def _wants(count: int) -> list[Want]:
    return [(Target(node=f"node-{number:03}"), NB) for number in range(count)]


@pytest.mark.parametrize("count", [20, 200])
def test_raw_bytes_of_few_places_are_alive_at_once(count: int) -> None:
    alive = Alive()

    def act(target: Target) -> Capture:
        return alive.capture(target, _zone(target.node))

    snapshot = read_snapshot(Any(act), _wants(count), timeout_s=30)
    assert alive.made == count
    # Those under way, and the one that is being parsed.
    assert alive.most <= _PARALLEL + 1
    assert alive.now == 0
    assert [nb.zone_name for nb in snapshot.nb.values()] == [w[0].node for w in _wants(count)]


def test_what_waits_for_its_parsing_begins_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing that takes longer than reading: results wait, and count as what is under way."""
    alive, parse = Alive(), make_snapshot
    clock = [0.0]

    def slow(*given: object, **named: object) -> object:
        clock[0] += 30.0  # more than a fetch may take until it is called slow
        return parse(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "make_snapshot", slow)
    monkeypatch.setattr("collectors.waiting.time.monotonic", lambda: clock[0])
    act: Callable[[Target], Capture] = lambda target: alive.capture(target, _zone(target.node))  # noqa: E731
    snapshot = read_snapshot(Any(act), _wants(100), timeout_s=1000)
    assert len(snapshot.nb) == 100
    assert alive.most <= _PARALLEL + 1


def test_a_central_database_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []

    def counting(data: bytes, tables: tuple[str, ...]) -> object:
        parsed.append(len(data))
        return _read_database(data, tables)

    monkeypatch.setattr("collectors.snapshot._read_database", counting)
    text = _zone("central").encode()

    def act(target: Target) -> Capture:
        return Capture(target, "nb", bytes(bytearray(text)), "file")  # other bytes, that are equal

    snapshot = read_snapshot(Any(act), _wants(30), timeout_s=5)
    assert len(parsed) == 1
    assert len({id(nb) for nb in snapshot.nb.values()}) == 1
    assert len(snapshot.nb) == 30


def test_what_is_missing_stands_in_the_order_of_the_wants() -> None:
    steps: list[Progress] = []

    def act(target: Target) -> Capture | Missing:
        if target.node.endswith(("3", "7")):
            return Missing(target, "nb", Reason.TIMEOUT, "no answer")
        return Capture(target, "nb", _zone(target.node).encode(), "file")

    wants = _wants(10)
    snapshot = read_snapshot(Any(act), [*wants, *wants], timeout_s=5, progress=steps.append)
    assert [one.target.node for one in snapshot.missing] == ["node-003", "node-007"]
    assert list(snapshot.nb) == [w[0].node for w in wants if w[0].node[-1] not in "37"]
    assert (steps[-1].done, steps[-1].total) == (10, 10)  # equal wants are read once
