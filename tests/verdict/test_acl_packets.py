"""Random policy sets fare with real packets as our verdicts say."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.lab.fixtures import lab_of_version, newest_only
from tests.lab.toolset import INSTALLED
from tests.verdict.packet_conformance import BEGIN, END, rig_in, row, run, write
from tests.verdict.packet_judge import LEARNED, Tally
from tests.verdict.packet_reading import Copy, Refusal, caught
from tests.verdict.packet_rig import PacketRig
from tests.verdict.packet_sets import packet_flows, packet_set

SETS = 12
FLOWS = 30
FIRST_SEED = 2000
GROUP = pytest.mark.xdist_group("verdict-acl-packets")
VERSIONS = [
    pytest.param(INSTALLED, marks=[pytest.mark.lab, GROUP]),
    pytest.param("25.03", marks=[pytest.mark.lab, pytest.mark.peers, GROUP]),
    pytest.param(
        "26.03", id="newest", marks=[pytest.mark.lab, pytest.mark.peers, newest_only, GROUP]
    ),
]


@pytest.fixture(scope="module", params=VERSIONS)
def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, PacketRig]]:
    lab = lab_of_version(tmp_path_factory.mktemp("acl-packets") / "lab", request.param)
    with rig_in(lab) as running:
        yield request.param, running


def test_packets_fare_as_foretold(rig: tuple[str, PacketRig]) -> None:
    version, running = rig
    tally = run(running, version, range(FIRST_SEED, FIRST_SEED + SETS), FLOWS)
    assert tally.differences == []
    # Enough of each was compared, and little left out.
    assert tally.flows == SETS * FLOWS
    firsts = [tally.verdicts["new", verdict] for verdict in ("allow", "drop")]
    assert min(firsts) > tally.flows // 5
    assert tally.verdicts["new", "reject"] > 0
    assert tally.verdicts["reply", "allow"] > 20
    assert tally.verdicts["related", "allow"] > 20
    learned = tally.left_out[LEARNED]
    assert learned < tally.flows // 4
    assert tally.left_out.total() - learned < tally.flows // 20


def test_a_frame_tells_its_number() -> None:
    assert caught(bytes(60)) is None
    found = Refusal(frozenset({80, 20007}), None)
    reset = bytearray(54)
    reset[12:14], reset[23] = b"\x08\x00", 6
    reset[34:38], reset[47] = (80).to_bytes(2, "big") + (20007).to_bytes(2, "big"), 0x14
    assert caught(bytes(reset)) == found
    reset[47] = 0x12
    assert caught(bytes(reset)) is None
    assert caught(bytes(reset) + b"number\x00\x07") == Copy(7)


def test_a_set_and_its_flows_are_made_of_the_seed() -> None:
    made = []
    for _ in range(2):
        random = Random(7)
        policies = packet_set(random, "25.03")
        made.append((policies, packet_flows(random, policies.inports, 30)))
    assert made[0] == made[1]
    sources = [flow.microflow for flow in made[0][1] if "tcp.src == " in flow.microflow]
    assert len(sources) > 3 and len(set(sources)) == len(sources)


def test_result_replaces_that_of_its_series(tmp_path: Path) -> None:
    document = tmp_path / "conformance.md"
    document.write_text(
        f"before\n{BEGIN}\n| OVN |\n|---|\n| 25.03.0 | 1 |\n| 23.03.0 | 2 |\n{END}\n"
    )
    write(row("23.03.1", Tally(sets=3), 7), document)
    lines = document.read_text().splitlines()
    assert [line[2:9] for line in lines if line.startswith("| 2")] == ["23.03.1", "25.03.0"]
