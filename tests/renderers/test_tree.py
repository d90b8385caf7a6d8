"""The tree: what a person sees first, and that nothing of it is cut."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from ovntrace.view.types import ExplainView
from renderers.text import visible
from renderers.tree import render
from tests.renderers import sample
from tests.renderers.golden import check
from tests.renderers.views import explain_views

_SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("name", list(sample.EXPLAINS))
def test_golden(name: str) -> None:
    check(f"explain-{name}.txt", render(sample.EXPLAINS[name]()))
    check(f"explain-{name}-why.txt", render(sample.EXPLAINS[name](), why=True))


def test_what_is_broken_is_said_first() -> None:
    first = render(sample.broken_pod()).splitlines()[:3]
    assert first[0].startswith("✗ BROKEN   pod llm-demo/tinypod")
    assert first[1].strip() == "net1: bridge-mapping localnet-cnv"
    assert first[2].strip() == sample.NO_MAPPING.title


def test_it_fits_100_columns_but_for_what_is_longer_itself() -> None:
    longest = max(len(acl.match) for acl in sample.forty_acls())
    assert longest > 100
    for name in ("broken_pod", "sound_vm", "partial"):
        for line in render(sample.EXPLAINS[name]()).splitlines():
            assert len(line) <= 100 or line.strip(" │").startswith("ip4.dst == 0.0.0.0/0")


def test_every_match_and_name_stands_whole_on_one_line() -> None:
    view = sample.broken_pod()
    text = render(view, width=60)
    for attachment in view.attachments:
        wanted = [acl.match for acl in attachment.acls] + [hop.name for hop in attachment.hops]
        wanted += [attachment.lsp or "", attachment.nad, *attachment.port_groups]
        for one in wanted:
            assert one in text


def test_forty_acls_are_all_there_in_order() -> None:
    text = render(sample.broken_pod())
    matches = [acl.match for acl in sample.forty_acls()]
    assert len(matches) == 40
    lines = [line.strip(" │") for line in text.splitlines()]
    assert [line for line in lines if line in matches] == matches


def test_words_tell_the_state_without_marks_or_colour() -> None:
    text = render(sample.sound_vm()) + render(sample.partial()) + render(sample.broken_pod())
    for word in ("✓ ok", "! warn", "✗ BROKEN", "? unknown"):
        assert word in text


def test_why_shows_rows_commands_other_facts_and_the_line_to_watch_with() -> None:
    view = sample.broken_pod()
    short, long = render(view), render(view, why=True)
    for hop in view.attachments[1].hops:
        for one in hop.evidence:
            assert one.row in long
            assert f"$ {one.command}" in long
            assert one.command not in short
        if hop.watch is not None:
            assert f"watch $ {hop.watch}" in long
            assert hop.watch not in short
    assert "sandbox=13a96759b255" in long
    assert "sandbox" not in short


def test_zero_counters_are_not_shown_and_others_are() -> None:
    text = render(sample.broken_pod())
    assert "tx_dropped=17" in text
    assert "rx_dropped" not in text


def test_unknown_versions_are_said() -> None:
    assert "OVN-Kubernetes unknown" in render(sample.broken_pod())


def test_an_attachment_without_a_port_says_so() -> None:
    view = sample.broken_pod()
    lost = replace(view.attachments[1], lsp=None, acls=(), port_groups=(), policies=())
    text = render(replace(view, attachments=(lost,)))
    assert "lsp none" in text
    assert "ACLs" not in text


def test_no_attachment_is_said() -> None:
    assert "no attachment to an OVN network" in render(replace(sample.sound_vm(), attachments=()))


def test_hostile_text_is_data() -> None:
    text = render(sample.hostile(), why=True)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count(visible(sample.HOSTILE)) > 40


@settings(max_examples=60, deadline=None)
@given(explain_views)
def test_any_view_is_drawn_and_colour_is_all_that_colour_adds(view: ExplainView) -> None:
    text = render(view, why=True)
    assert all(line.isprintable() for line in text.split("\n"))
    for attachment in view.attachments:
        for name in (visible(hop.name) for hop in attachment.hops):
            assert name.rstrip() in text
    assert _SGR.sub("", render(view, why=True, color=True)) == text
