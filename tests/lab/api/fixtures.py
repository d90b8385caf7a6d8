"""pytest fixtures: the stand-in API server over a folder that a test fills."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.lab.api.server import ApiServer

Serve = Callable[..., ApiServer]


def write_lists(folder: Path, objects: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """PLURAL.json, a List, for each plural name of `objects`; renamed into place."""
    folder.mkdir(parents=True, exist_ok=True)
    for plural, items in objects.items():
        listed = {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": list(items)}
        draft = folder / f".{plural}.draft"
        draft.write_text(json.dumps(listed))
        draft.rename(folder / f"{plural}.json")
    return folder


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(folder, **ApiServer's arguments)` gives a started server; stopped after the test."""
    servers: list[ApiServer] = []

    def started(folder: Path, **arguments: Any) -> ApiServer:
        server = ApiServer(folder, **arguments)
        servers.append(server)
        return server.start()

    yield started
    for server in servers:
        server.stop()
