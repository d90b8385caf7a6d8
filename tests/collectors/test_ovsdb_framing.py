"""Documents one after the other, however the bytes come."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.ovsdb.framing import Documents, NoDocumentError

TEXTS = st.text(st.sampled_from('{}"\\ \n\ta\u00e9[],:'), max_size=8)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)


def drained(documents: Documents) -> list[dict[str, Any]]:
    found = []
    while (one := documents.next()) is not None:
        found.append(one)
    return found


@given(
    st.lists(OBJECTS, max_size=4), st.lists(st.integers(0, 400)), st.sampled_from(["", "\n", " "])
)
def test_every_cut_gives_the_same(
    objects: list[dict[str, Any]], cuts: list[int], between: str
) -> None:
    data = "".join(json.dumps(o, ensure_ascii=False) + between for o in objects).encode()
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    documents, found = Documents(), []
    for start, end in pairwise(places):
        documents.feed(data[start:end])
        found += drained(documents)
    assert found == objects
    assert documents.is_empty


def test_a_part_is_not_the_whole() -> None:
    documents = Documents()
    documents.feed(b'{"a":"}{}"')
    assert drained(documents) == []
    assert not documents.is_empty
    documents.feed(b"}")
    assert drained(documents) == [{"a": "}{}"}]


@pytest.mark.parametrize("data", [b"hello", b"[1]", b' \n"x"', b"\x16\x03\x01"])
def test_what_can_be_no_object(data: bytes) -> None:
    documents = Documents()
    documents.feed(data)
    with pytest.raises(NoDocumentError) as raised:
        documents.next()
    assert raised.value.head == data.lstrip()


@pytest.mark.parametrize("data", [b"{]}", b'{"a" 1}', b'{"a":"\xff"}', b'{"a":{}}}'])
def test_braces_that_hold_no_json(data: bytes) -> None:
    documents = Documents()
    documents.feed(data)
    with pytest.raises((ValueError, NoDocumentError)):
        drained(documents)
