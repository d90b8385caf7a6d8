"""Label selectors (Kubernetes apimachinery, meta/v1 LabelSelector)."""

from collections.abc import Mapping
from typing import Any

from ovntrace.model.kube import list_at, text_at, texts_at


def selects(selector: Any, labels: Mapping[str, str]) -> bool | None:
    """True if the labels match; an empty selector matches everything.

    None if the selector has an operator that is not known.
    """
    if any(labels.get(key) != value for key, value in texts_at(selector, "matchLabels").items()):
        return False
    verdict: bool | None = True
    for expression in list_at(selector, "matchExpressions"):
        matched = _matches(expression, labels)
        if matched is False:
            return False
        if matched is None:
            verdict = None
    return verdict


def _matches(expression: Any, labels: Mapping[str, str]) -> bool | None:
    key = text_at(expression, "key")
    operator = text_at(expression, "operator")
    if key is None:
        return None
    value = labels.get(key)
    values = list_at(expression, "values")
    match operator:
        case "In":
            return value is not None and value in values
        case "NotIn":
            return value is None or value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return None
