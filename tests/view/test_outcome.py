"""The exit code follows from the view, and says 1 only for what is proved."""

from dataclasses import replace

import pytest

from ovntrace.errors import ExitCode
from ovntrace.model.capture import Gap, Reason
from ovntrace.view.outcome import exit_code, listing_exit_code, overall, troubles
from ovntrace.view.types import (
    Attachment,
    Evidence,
    ExplainView,
    Finding,
    Hop,
    ListView,
    Source,
    State,
    Workload,
)

SOURCE = Source("kube", "https://x", None, None, {})


def _view(
    *hops: Hop, gaps: tuple[Gap, ...] = (), findings: tuple[Finding, ...] = ()
) -> ExplainView:
    attachment = Attachment("net1", "a/b", "n", "localnet", "lsp", "node", None, (), hops, (), ())
    workload = Workload("pod", "llm-demo", "tinypod", "node", "tinypod")
    return ExplainView(SOURCE, workload, (attachment,), gaps, findings)


def _hop(kind: str, state: State, *findings: Finding, artefact: str = "") -> Hop:
    evidence = (Evidence(artefact, "row", "command"),) if artefact else ()
    return Hop(kind, kind, "node", state, {}, evidence, findings)


def _finding(severity: str, certainty: str = "proven") -> Finding:
    evidence = (Evidence("nb", "row", "command"),)
    return Finding("OVT1", severity, certainty, f"{severity} title", {}, evidence)


def _gap(artefact: str, reason: Reason) -> Gap:
    return Gap("node", artefact, str(reason), "detail")


SOUND = _hop("port-binding", State.OK)
BROKEN = _hop("bridge-mapping", State.BROKEN, _finding("error"))
UNREAD = (Reason.DENIED, Reason.TIMEOUT, Reason.UNREACHABLE, Reason.TRUNCATED, Reason.UNPARSABLE)


@pytest.mark.parametrize("state", [State.OK, State.WARN])
def test_sound_and_doubtful_are_0(state: State) -> None:
    assert exit_code(_view(SOUND, _hop("uplink", state))) is ExitCode.OK


def test_broken_is_1_whatever_else_is_missing() -> None:
    view = _view(BROKEN, gaps=(_gap("nb", Reason.DENIED),))
    assert exit_code(view) is ExitCode.BROKEN


@pytest.mark.parametrize("artefact", ["nb", "sb", "ovs"])
@pytest.mark.parametrize("reason", UNREAD)
def test_a_database_that_could_not_be_read_is_3(artefact: str, reason: Reason) -> None:
    assert exit_code(_view(SOUND, gaps=(_gap(artefact, reason),))) is ExitCode.NO_ANSWER


@pytest.mark.parametrize("reason", [Reason.UNSUPPORTED, Reason.ABSENT])
def test_what_the_way_in_cannot_see_changes_nothing(reason: Reason) -> None:
    assert exit_code(_view(SOUND, gaps=(_gap("nb", reason),))) is ExitCode.OK


@pytest.mark.parametrize("artefact", ["pods", "pod-links of llm-demo/tinypod", "node-links"])
def test_extra_facts_that_could_not_be_read_change_nothing(artefact: str) -> None:
    assert exit_code(_view(SOUND, gaps=(_gap(artefact, Reason.DENIED),))) is ExitCode.OK


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("port-binding", ExitCode.NO_ANSWER),
        ("bridge-mapping", ExitCode.NO_ANSWER),
        ("never-heard-of", ExitCode.NO_ANSWER),
        ("pod-interface", ExitCode.OK),
        ("host-interface", ExitCode.OK),
        ("uplink", ExitCode.OK),
    ],
)
def test_a_needed_hop_that_is_unknown_is_3(kind: str, code: ExitCode) -> None:
    assert exit_code(_view(_hop(kind, State.UNKNOWN))) is code


def test_a_dump_without_a_database_does_not_prove_that_all_is_sound() -> None:
    view = _view(_hop("port-binding", State.UNKNOWN), gaps=(_gap("sb", Reason.ABSENT),))
    assert exit_code(view) is ExitCode.NO_ANSWER


@pytest.mark.parametrize("artefact", ["", "nb"])
def test_an_unknown_hop_is_excused_if_the_way_in_cannot_see_its_row(artefact: str) -> None:
    hop = _hop("logical-switch", State.UNKNOWN, artefact=artefact)
    assert exit_code(_view(hop, gaps=(_gap("nb", Reason.UNSUPPORTED),))) is ExitCode.OK


def test_another_databases_gap_excuses_nothing() -> None:
    hop = _hop("logical-switch", State.UNKNOWN, artefact="nb")
    assert exit_code(_view(hop, gaps=(_gap("sb", Reason.UNSUPPORTED),))) is ExitCode.NO_ANSWER


@pytest.mark.parametrize(
    ("severity", "certainty", "code"),
    [
        ("error", "proven", ExitCode.BROKEN),
        ("error", "consistent", ExitCode.OK),
        ("warning", "proven", ExitCode.OK),
        ("info", "proven", ExitCode.OK),
    ],
)
def test_a_finding_of_no_hop_counts_if_it_is_proved(
    severity: str, certainty: str, code: ExitCode
) -> None:
    assert exit_code(_view(SOUND, findings=(_finding(severity, certainty),))) is code


def test_troubles_tell_the_worst_first_and_why() -> None:
    doubt = _hop("dummy-interface", State.WARN, _finding("info"), _finding("warning"))
    lost = _hop("port-binding", State.UNKNOWN)
    unneeded = _hop("tap", State.UNKNOWN)
    view = _view(doubt, unneeded, lost, SOUND, BROKEN, findings=BROKEN.findings)
    told = [(one.state, one.kind, one.why) for one in troubles(view)]
    assert told == [
        (State.BROKEN, "bridge-mapping", "error title"),
        (State.WARN, "dummy-interface", "warning title"),
        (State.UNKNOWN, "port-binding", "its row could not be read"),
    ]
    assert overall(view) is State.BROKEN


def test_no_attachment_is_no_trouble() -> None:
    view = replace(_view(), attachments=())
    assert (overall(view), exit_code(view)) == (State.OK, ExitCode.OK)


@pytest.mark.parametrize("reason", list(Reason))
def test_a_listing_that_may_lack_some_is_3(reason: Reason) -> None:
    view = ListView(SOURCE, (), (_gap("pods", reason),))
    wanted = ExitCode.NO_ANSWER if reason in UNREAD else ExitCode.OK
    assert listing_exit_code(view) is wanted
