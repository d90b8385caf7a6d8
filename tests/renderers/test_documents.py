"""JSON is complete: it fits its schema, and every form can be had back from it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

from ovntrace.errors import WrongQuestionError
from ovntrace.view.types import ExplainView, ListView
from renderers.document import error_document, explain_document
from renderers.formats import (
    EXPLAIN_FORMATS,
    LISTING_FORMATS,
    render_error,
    render_explain,
    render_listing,
)
from renderers.load import load
from renderers.to_json import dump
from renderers.to_yaml import dump as dump_yaml
from tests.renderers import sample
from tests.renderers.golden import check
from tests.renderers.views import explain_views, list_views

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schema"


def validate(document: object, name: str) -> None:
    """Raise if the document is not what docs/schema says."""
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("name", ["broken_pod", "sound_vm", "migrating", "partial"])
def test_explain_fits_its_schema(name: str) -> None:
    text = dump(explain_document(sample.EXPLAINS[name]()))
    check(f"explain-{name}.json", text)
    validate(json.loads(text), "explain")


@pytest.mark.parametrize("view", [sample.listing(), sample.empty_listing()])
def test_ls_fits_its_schema(view: ListView) -> None:
    validate(json.loads(render_listing(view, "json")), "ls")


def test_errors_fit_their_schema() -> None:
    error = WrongQuestionError(sample.HOSTILE, place="p", hint="h", candidates=["a"] * 9)
    validate(json.loads(render_error("explain", error, "json")), "error")
    assert yaml.safe_load(render_error("ls", error, "yaml")) == error_document("ls", error)


@pytest.mark.parametrize("spoiled", ["source", "workload", "attachments", "gaps", "outcome"])
def test_the_schema_misses_what_is_missing(spoiled: str) -> None:
    document = explain_document(sample.broken_pod())
    del document[spoiled]
    with pytest.raises(jsonschema.ValidationError):
        validate(document, "explain")


def test_the_schema_refuses_what_it_does_not_know() -> None:
    document = explain_document(sample.broken_pod())
    with pytest.raises(jsonschema.ValidationError):
        validate({**document, "verdict": "allow"}, "explain")


@pytest.mark.parametrize("form", EXPLAIN_FORMATS)
@pytest.mark.parametrize("name", list(sample.EXPLAINS))
def test_every_form_of_explain_can_be_had_back(name: str, form: str) -> None:
    view = sample.EXPLAINS[name]()
    again = load(render_explain(view, "json"))
    assert isinstance(again, ExplainView)
    assert again == view
    assert render_explain(again, form, why=True) == render_explain(view, form, why=True)


@pytest.mark.parametrize("form", LISTING_FORMATS)
def test_every_form_of_ls_can_be_had_back(form: str) -> None:
    view = sample.listing()
    again = load(render_listing(view, "json"))
    assert isinstance(again, ListView)
    assert render_listing(again, form) == render_listing(view, form)


@settings(max_examples=60, deadline=None)
@given(explain_views)
def test_any_view_comes_back(view: ExplainView) -> None:
    text = render_explain(view, "json")
    assert text.isascii()
    again = load(text)
    assert isinstance(again, ExplainView)
    assert render_explain(again, "json") == text
    for form in ("tree", "table", "markdown"):
        assert render_explain(again, form, why=True) == render_explain(view, form, why=True)


@settings(max_examples=40, deadline=None)
@given(list_views)
def test_any_listing_comes_back(view: ListView) -> None:
    assert load(render_listing(view, "json")) == view


@settings(max_examples=40, deadline=None)
@given(explain_views)
def test_yaml_says_the_same_as_json(view: ExplainView) -> None:
    document = explain_document(view)
    text = dump_yaml(document)
    assert text.isascii()
    assert yaml.safe_load(text) == json.loads(dump(document))


def test_yaml_folds_no_match() -> None:
    longest = max((acl.match for acl in sample.forty_acls()), key=len)
    assert longest in dump_yaml(explain_document(sample.broken_pod()))


def test_numbers_that_json_has_no_word_for_are_text() -> None:
    view = sample.hostile()
    hop = view.attachments[0].hops[0]
    object.__setattr__(hop, "facts", {"nan": float("nan"), "inf": float("inf")})
    document = json.loads(render_explain(view, "json"))
    assert document["attachments"][0]["hops"][0]["facts"] == {"nan": "nan", "inf": "inf"}
