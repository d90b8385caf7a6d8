"""Gaps in few lines."""

from ovntrace.cli.dump_gaps import gap_lines
from ovntrace.model.capture import Missing, Reason, Target

SILENT = "ip had no answer within 8 s"


def gap(node: str, artefact: str, detail: str, reason: Reason = Reason.TIMEOUT) -> Missing:
    return Missing(Target(node=node), artefact, reason, detail)


def test_a_dead_node_is_one_line() -> None:
    gaps = [
        gap("a", "ovs-vswitchd", SILENT),
        gap("a", "nb", f"not asked, for its node did not answer before: {SILENT}"),
        gap("b", "sb", "no rights", Reason.DENIED),
        gap("a", "sb", f"not asked, for its node did not answer before: {SILENT}"),
        gap("b", "nb", SILENT),
    ]
    assert list(gap_lines(gaps, 20)) == [
        f"a: ovs-vswitchd and 2 more: timeout: {SILENT}",
        "b: sb: denied: no rights",
        f"b: nb: timeout: {SILENT}",
    ]


def test_lists_stand_for_themselves() -> None:
    refused = "not allowed"
    gaps = [gap("", "pods", refused), gap("", "nodes", refused)]
    assert len(list(gap_lines(gaps, 20))) == 2


def test_those_that_have_no_line_are_counted_one_by_one() -> None:
    gaps = [gap(node, name, SILENT) for node in "abc" for name in ("nb", "sb", "ovs")]
    assert list(gap_lines(gaps, 1)) == [
        f"a: nb and 2 more: timeout: {SILENT}",
        "and 6 more, in its manifest.json",
    ]
    assert not list(gap_lines([], 1))
