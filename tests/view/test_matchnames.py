"""Names in a match, found without parsing it."""

from hypothesis import given
from hypothesis import strategies as st

from ovntrace.view.matchnames import match_names


def test_names() -> None:
    names = match_names(
        'inport == @pg_a && (ip4.src == {$as1, $as.2} || outport == "a \\"b\\"") // $no @no inport'
    )
    assert names.ports
    assert names.port_groups == {"pg_a"}
    assert names.address_sets == {"as1", "as.2"}
    assert names.strings == {'a "b"'}


def test_a_word_in_a_string_is_no_word() -> None:
    names = match_names('eth.src == 1 && "inport @x $y"')
    assert not names.ports
    assert not names.port_groups
    assert not names.address_sets


def test_a_longer_word_is_another_word() -> None:
    assert not match_names("reg0.inport == 1 && outports == 2").ports


@given(st.text(max_size=60))
def test_any_text_ends(text: str) -> None:
    match_names(text)
