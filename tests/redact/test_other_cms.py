"""Names that other CMSs write into rows have stand-ins as those of OVN-Kubernetes have."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ovntrace.redact import Originals, Redactor, addresses_of
from ovntrace.redact.of_rows import names_of_row
from tests.cms import kube_ovn, neutron
from tests.cms.rows import Tables, operations

# Whose values are of no user: numbers, kinds, and ids that are random.
_PLAIN = re.compile(
    r"neutron:(revision_number|vnic_type|device_owner|mtu|cidrs|security_group|enable|is_|provnet"
    r"|availability_zone_hints|liveness)|vendor|.*(associated|direction|type)"
)


def _rows(tables: Tables) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for one in operations(tables):
        yield one["table"], one["row"]


def _told(row: Mapping[str, Any]) -> Iterator[str]:
    """What the external_ids of a row say of users."""
    kind, pairs = row.get("external_ids", ["map", []])
    assert kind == "map"
    for key, value in pairs:
        if value and not _PLAIN.match(key):
            yield from value.split("/")


@pytest.mark.parametrize("tables", [neutron.tables(), kube_ovn.tables()], ids=["neutron", "kube"])
def test_nothing_that_external_ids_name_is_left(tables: Tables) -> None:
    originals = Originals()
    for table, row in _rows(tables):
        names_of_row(table, row, originals)
    text = "\n".join(json.dumps(row) for _, row in _rows(tables))
    addresses_of(text, originals)
    redactor = Redactor(b"a key", originals)
    redacted = redactor.text(text)
    named = {name for _, row in _rows(tables) for name in _told(row)}
    assert len(named) > 5
    left = {name for name in named if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", redacted)}
    # Names that are words of OVN are told to whoever writes the dump.
    assert left <= {name for name in left if _is_uuid(name)} | set(redactor.names.kept)


def _is_uuid(name: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", name) is not None
