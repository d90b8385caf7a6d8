"""Manifests of older format versions, brought to the present one step by step.

A version that changes what a field means, or what a reader must not overlook, gets a line here.
What is only added needs none: readers pass over fields that they do not know.
"""

from collections.abc import Callable, Mapping
from typing import Any

Document = dict[str, Any]


def _from_1(document: Document) -> Document:
    """Version 1 was written all at once or not at all, and knew neither its files nor its end."""
    return {**document, "complete": True, "finished_at": document.get("created_at")}


FIX_UPS: Mapping[int, Callable[[Document], Document]] = {1: _from_1}
"""By the version that is read; each leads to the next."""


def up_to_date(document: Document, version: int) -> Document:
    """The document of `version` as the present version has it."""
    while version in FIX_UPS:
        document = FIX_UPS[version](document)
        version += 1
    return document
