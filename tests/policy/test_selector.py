"""Label selectors."""

from typing import Any

import pytest

from ovntrace.policy.selector import selects

LABELS = {"app": "web", "tier": "front"}


def _expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        (None, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "db"}}, False),
        (_expression("app", "In", "web", "db"), True),
        (_expression("app", "In", "db"), False),
        (_expression("app", "NotIn", "web"), False),
        (_expression("none", "NotIn", "web"), True),
        (_expression("app", "Exists"), True),
        (_expression("none", "Exists"), False),
        (_expression("app", "DoesNotExist"), False),
        (_expression("app", "Gt", "1"), None),
        ({**_expression("app", "Gt", "1"), "matchLabels": {"app": "db"}}, False),
    ],
)
def test_selects(selector: Any, expected: bool | None) -> None:
    assert selects(selector, LABELS) is expected
