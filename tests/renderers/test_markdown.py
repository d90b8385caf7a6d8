"""Markdown: what a cluster calls itself never becomes markup."""

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ovntrace.view.types import ExplainView
from renderers.markdown import cell, code, explain_markdown, listing_markdown, prose
from renderers.text import visible
from tests.renderers import sample
from tests.renderers.golden import check
from tests.renderers.views import explain_views, texts

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@pytest.mark.parametrize("name", list(sample.EXPLAINS))
def test_explain_golden(name: str) -> None:
    check(f"explain-{name}.md", explain_markdown(sample.EXPLAINS[name]()))


def test_listing_golden() -> None:
    check("ls.md", listing_markdown(sample.listing()))


def _inline(markdown: str) -> list[Token]:
    tokens = _PARSER.parse(f"- x: {markdown}")
    (inline,) = [token for token in tokens if token.type == "inline"]
    return [token for token in inline.children or [] if token.content or token.type != "text"]


def _words(text: str) -> str:
    return " ".join(visible(text).split())


@settings(deadline=None)
@given(texts)
def test_prose_is_text_and_nothing_else(text: str) -> None:
    tokens = _inline(prose(text))
    assert {token.type for token in tokens} <= {"text", "text_special"}
    assert _words("".join(token.content for token in tokens)) == _words(f"x: {text}")


@settings(deadline=None)
@given(texts.filter(lambda text: bool(text.strip())))
def test_code_is_one_span_of_the_whole_text(text: str) -> None:
    _, span = _inline(code(text))
    assert span.type == "code_inline"
    assert _words(span.content) == _words(text)


@settings(deadline=None)
@given(texts.filter(lambda text: bool(text.strip())))
def test_a_cell_is_one_cell(text: str) -> None:
    tokens = _PARSER.parse(f"| a | b |\n|---|---|\n| {cell(text)} | end |")
    inlines = [token for token in tokens if token.type == "inline"]
    assert len(inlines) == 4
    shown = "".join(child.content for child in inlines[2].children or [])
    assert _words(shown) == _words(text)
    assert inlines[3].content == "end"


def test_matches_are_whole_and_searchable() -> None:
    text = explain_markdown(sample.broken_pod())
    for acl in sample.forty_acls():
        assert f"`{acl.match}`" in text


def test_why_adds_rows_commands_and_the_line_to_watch_with() -> None:
    view = sample.broken_pod()
    short, long = explain_markdown(view), explain_markdown(view, why=True)
    for hop in view.attachments[1].hops:
        for one in hop.evidence:
            assert f"see `{one.command}`" in long
            assert one.command not in short
        assert hop.watch is None or hop.watch in long


@settings(max_examples=60, deadline=None)
@given(explain_views)
def test_any_view_has_its_own_headings_only(view: ExplainView) -> None:
    tokens = _PARSER.parse(explain_markdown(view, why=True))
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings.count("h1") == 1
    sections = [view.findings, view.gaps, view.migration]
    assert headings.count("h2") <= len(view.attachments) + sum(map(bool, sections))
    kinds = {token.type for token in tokens}
    assert not kinds & {"html_block", "code_block", "fence", "hr", "blockquote_open"}
    inside = {child.type for token in tokens for child in token.children or []}
    assert not inside & {"html_inline", "link_open", "image", "em_open", "s_open"}
