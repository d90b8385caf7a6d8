"""Two answers, live and from a dump, without what can't be equal: each thing is named here."""

from typing import Any

from tests.lab.asking import Answer

# Where the answer is from, and when. All else of the source (the versions) must be equal.
_SOURCE = ("kind", "place", "taken_at", "age_s")
# Counters of interfaces, which go on while we ask.
_COUNTERS = ("rx_dropped", "tx_dropped", "rx_errors", "tx_errors", "drops")


def comparable(answer: Answer) -> dict[str, Any]:
    """The document with those blanked; also the exit code."""
    document = _without_counters(answer.answer)
    source = document.get("source")
    if isinstance(source, dict):
        for key in _SOURCE:
            assert key in source, source
            source[key] = None
    return {"code": answer.code, "document": document}


def _without_counters(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_counters(v) for key, v in value.items() if key not in _COUNTERS}
    if isinstance(value, list):
        return [_without_counters(item) for item in value]
    return value
