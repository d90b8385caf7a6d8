"""Any text in, a view or one error that names the place out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renderers.document import explain_document
from renderers.load import LoadError, from_document, load
from renderers.to_json import dump
from tests.renderers import sample

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.text() | anything.map(json.dumps))
def test_no_text_is_fatal(text: str) -> None:
    with pytest.raises(LoadError):
        load(text)


def _paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += _paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value[:1]):
            found += _paths(item, (*path, index))
    return found


@given(st.data(), anything)
def test_a_spoiled_document_is_a_view_or_a_load_error(data: st.DataObject, value: object) -> None:
    document: Any = json.loads(dump(explain_document(sample.broken_pod())))
    *way, last = data.draw(st.sampled_from(_paths(document)))
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    try:
        from_document(document)
    except LoadError as error:
        assert error.message


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"workload": 3}, "document.workload"),
        ({"attachments": {}}, "document.attachments"),
        ({"gaps": [{"node": 1}]}, "document.gaps[0].node"),
        ({"schema": "ovntrace/v9"}, ""),
        ({"kind": "trace"}, ""),
    ],
)
def test_the_place_is_named(change: dict[str, object], place: str) -> None:
    document = {**explain_document(sample.broken_pod()), **change}
    with pytest.raises(LoadError) as caught:
        from_document(document)
    assert caught.value.place == place


def test_deep_nesting_is_no_crash() -> None:
    with pytest.raises(LoadError):
        load("[" * 100_000)
