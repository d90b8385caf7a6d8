"""What doctor prints: what is well in few words, every trouble with what to do, nothing cut."""

import json

import pytest
import yaml

from ovntrace.doctor.others import not_asked
from ovntrace.doctor.types import (
    Check,
    CheckState,
    DoctorView,
    Reading,
    Topic,
    Version,
    WayChecked,
)
from renderers.formats import DOCTOR_FORMATS, render_doctor
from tests.renderers.sample import HOSTILE
from tests.renderers.test_documents import validate

OK, MISSING, FAILED = CheckState.OK, CheckState.MISSING, CheckState.FAILED


def way(*checks: Check, kind: str = "kube", at_hand: bool = True) -> WayChecked:
    return WayChecked(kind, "https://api:6443", checks, at_hand)


def view(*ways: WayChecked) -> DoctorView:
    return DoctorView("2026-11-25T06:00:00Z", ways)


def text(*ways: WayChecked, width: int = 80) -> list[str]:
    return render_doctor(view(*ways), "text", width=width).splitlines()


SOUND = Check(Topic.WAY, "API server", OK, value="Kubernetes v1.32")
DENIED = Check(Topic.RIGHTS, "list pods", FAILED, detail="not allowed", hint="kubectl can-i list")


def nodes(count: int, state: CheckState = OK, detail: str = "") -> list[Check]:
    return [Check(Topic.WAY, "exec", state, node=f"n{at}", detail=detail) for at in range(count)]


def test_what_is_sound_is_a_line_a_topic() -> None:
    lines = text(way(SOUND, Check(Topic.WAY, "user", OK, value="bob"), *nodes(1)))
    assert lines == [
        "✓ all that ovntrace needs is there",
        "",
        "live cluster  https://api:6443",
        "  ✓ way         API server Kubernetes v1.32  user bob",
        "  ✓ n0          exec",
    ]


def test_a_trouble_says_what_to_do() -> None:
    lines = text(way(SOUND, DENIED))
    assert lines[0] == "✗ 1 thing that ovntrace needs is missing or broken"
    assert lines[-2:] == ["  ✗ list pods: not allowed", "      → kubectl can-i list"]


def test_nodes_of_which_the_same_is_said_stand_together() -> None:
    dead = nodes(100, FAILED, "no answer")
    lines = text(way(*dead))
    assert lines[-1] == "  ✗ exec on n0, n1, n2, n3 and 96 more: no answer"
    assert len(lines) == 4


def test_things_of_which_the_same_is_said_stand_together() -> None:
    one = Check(Topic.DATABASES, "northbound", FAILED, node="n", detail="refused", hint="--sudo")
    two = Check(Topic.TOOLS, "crictl", FAILED, "n", detail="refused", hint="--sudo", needed=False)
    lines = text(way(two, one))
    assert lines[-2:] == ["  ✗ crictl, northbound on n: refused", "      → --sudo"]


def test_lists_that_are_refused_stand_together() -> None:
    lists = [
        Check(Topic.RIGHTS, f"list {name}", FAILED, detail="not allowed", hint="apply it")
        for name in ("pods", "events")
    ]
    assert text(way(*lists))[-2:] == ["  ✗ list pods, events: not allowed", "      → apply it"]


def test_what_is_not_needed_is_no_failure() -> None:
    spare = Check(Topic.RIGHTS, "list nodes", FAILED, detail="not allowed", needed=False)
    seen = view(way(SOUND, spare))
    assert seen.exit_code == 0
    assert render_doctor(seen, "text").splitlines()[-1] == "  - list nodes: not allowed"


def test_a_difference_changes_no_exit_code() -> None:
    clock = Check(Topic.CLOCKS, "clock", CheckState.DIFFERS, node="n", detail="9 s ahead")
    seen = view(way(SOUND, clock))
    assert seen.exit_code == 0
    assert render_doctor(seen, "text").startswith(
        "✓ all that ovntrace needs is there; 1 difference\n"
    )


def test_ways_that_are_not_at_hand() -> None:
    away = way(Check(Topic.WAY, "kubeconfig", MISSING, detail="none", hint="log in"), at_hand=False)
    alone = view(away, *not_asked())
    assert alone.exit_code == 3
    assert render_doctor(alone, "text").startswith("✗ no way in is at hand\n")
    assert view(way(SOUND), away, *not_asked()).exit_code == 0
    assert "- live cluster  not at hand: none" in text(way(SOUND), away)


@pytest.mark.parametrize("form", DOCTOR_FORMATS)
@pytest.mark.parametrize("width", [40, 80, 100])
def test_names_from_outside_harm_nobody(form: str, width: int) -> None:
    checks = [
        Check(Topic.WAY, HOSTILE, state, node=HOSTILE, value=HOSTILE, detail=HOSTILE, hint=HOSTILE)
        for state in CheckState
    ]
    ways = (WayChecked(HOSTILE, HOSTILE, tuple(checks)), way(*checks, at_hand=False))
    said = render_doctor(view(*ways), form, width=width)
    assert all(line.isprintable() for line in said.split("\n"))


def test_lines_fit_where_words_do() -> None:
    words = " ".join(["words"] * 60)
    check = Check(Topic.WAY, "exec", FAILED, node="n", detail=words, hint=words)
    assert max(len(line) for line in text(way(SOUND, check), width=80)) <= 80


def test_the_document_fits_its_schema() -> None:
    found = WayChecked(
        "ssh",
        "worker-1",
        (SOUND, DENIED),
        versions=(Version("n", "OVS", "3.1"),),
        clocks=(Reading("n", "n", -0.5, float("inf")),),
    )
    seen = view(found, *not_asked())
    document = json.loads(render_doctor(seen, "json"))
    validate(document, "doctor")
    assert document["outcome"] == {"exit_code": 3}
    assert document["ways"][0]["clocks"][0]["ahead_at_most_s"] is None
    assert [one["at_hand"] for one in document["ways"]] == [True, False, False, False]
    assert yaml.safe_load(render_doctor(seen, "yaml")) == document


def test_markdown_has_every_check() -> None:
    said = render_doctor(view(way(SOUND, DENIED)), "markdown")
    assert "## live cluster: `https://api:6443`" in said
    assert "|  | rights | list pods | failed | not allowed | `kubectl can-i list` |" in said
