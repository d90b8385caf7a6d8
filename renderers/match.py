"""What `match` says of an expression: a line of text, or a line of JSON."""

import json

from ovntrace.verdict.judging import MatchAnswer, Refusal, Term
from renderers.document import SCHEMA, Json
from renderers.lint import place_lines
from renderers.text import visible


def match_text(answer: MatchAnswer) -> str:
    """`NOTATION`, `VALUE TERMS`, or `error: COLUMN: MESSAGE`, always on one line."""
    if answer.error is not None:
        return f"error: {answer.error.column}: {visible(answer.error.message)}"
    if answer.value is None:
        return visible(answer.notation or "")
    terms = "; ".join(_in_words(term) for term in answer.terms)
    return f"{answer.value} {terms}".rstrip()


def refusal_lines(error: Refusal) -> tuple[str, str, str]:
    """An error for a person: what is wrong, and the text with carets under the place."""
    text, carets = place_lines(error.text, error.start, error.end)
    message = f"ovntrace: column {error.column}: {visible(error.message)}"
    return message, f"  {text}", f"  {carets}"


def _in_words(term: Term) -> str:
    text = visible(term.text)
    if term.prerequisite is not None:
        return f"{text} (not {visible(term.prerequisite)})"
    if term.missing:
        return f"{text} (not known: {', '.join(visible(name) for name in term.missing)})"
    return text


def match_json(answer: MatchAnswer) -> str:
    """The same as a JSON object on one line."""
    return json.dumps(match_document(answer))


def match_document(answer: MatchAnswer) -> Json:
    """The answer as plain JSON values."""
    document: Json = {
        "schema": SCHEMA,
        "kind": "match",
        "ovn": answer.ovn,
        "expression": answer.expression,
    }
    if answer.error is not None:
        return {**document, "error": _error(answer.error)}
    return {
        **document,
        "notation": answer.notation,
        "value": answer.value,
        "terms": [_term(term) for term in answer.terms],
    }


def _error(error: Refusal) -> Json:
    return {
        "message": error.message,
        "place": f"column {error.column}",
        "hint": "",
        "candidates": [],
        "column": error.column,
        "start": error.start,
        "end": error.end,
    }


def _term(term: Term) -> Json:
    return {
        "text": term.text,
        "value": term.value,
        "prerequisite": term.prerequisite,
        "missing": list(term.missing),
    }
