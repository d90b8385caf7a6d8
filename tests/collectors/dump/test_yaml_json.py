"""YAML by strangers: what JSON has, and nothing that explodes."""

import json
import math
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from collectors.dump.yaml_json import YamlRefusedError, load_yaml

# A number in JSON, which PyYAML takes for text (YAML 1.1) and writes without quotes.
_EXPONENT = re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+")
texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | texts.filter(lambda text: _EXPONENT.fullmatch(text) is None),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abc.-/_ké", min_size=1, max_size=6), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(values)
def test_what_is_written_is_read(value: object) -> None:
    assert load_yaml(yaml.safe_dump(value, allow_unicode=True).encode()) == [value]
    assert load_yaml(json.dumps(value, ensure_ascii=False).encode()) == [value]


def test_several_documents_and_scalars() -> None:
    text = b"---\na: 1\nb: 1.5\nc: '1'\nd: 2024-01-01\ne: 1e3\nf: 0x10\ng: ~\n---\n- true\n"
    first = {"a": 1, "b": 1.5, "c": "1", "d": "2024-01-01", "e": 1000.0, "f": "0x10", "g": None}
    assert load_yaml(text) == [first, [True]]
    assert math.isinf(load_yaml(b"9" * 30 + b"e999")[0])
    assert load_yaml(b"") == []


LAUGHS = b"a: &a [x, x]\n" + b"".join(
    b"%c: &%c [*%c, *%c]\n" % (c + 1, c + 1, c, c) for c in range(97, 120)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAUGHS, "alias"),
        (b"a: &x 1\nb: *x\n", "alias at line 2"),
        (b"[" * 100_000, "deeper|nesting"),
        (b"{a: " * 5_000, "deeper|nesting"),
        (b"? [a]\n: b\n", "no word"),
        (b"a: [1, 2\nb", "not YAML"),
        (b"\xff\xfe\xfa", "not YAML"),
        (b"a: \x00b", "not YAML"),
        (b"\tx: 1", "not YAML"),
    ],
)
def test_what_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(YamlRefusedError, match=said):
        load_yaml(text)


@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!|>'\"\n #%@`", max_size=80).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    try:
        json.dumps(load_yaml(data))
    except YamlRefusedError as error:
        assert "\n" not in str(error)
