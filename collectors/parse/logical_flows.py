"""Rows of the southbound table Logical_Flow, as `ovn-sbctl --format=json list` prints them."""

from collections.abc import Mapping

from collectors.parse.tables import parse_tables
from ovntrace.model.tooltrace import LogicalFlow

_TABLE = "Logical_Flow"


def parse_logical_flows(data: bytes) -> Mapping[str, LogicalFlow] | str:
    """The flows by the first eight digits of their uuids, or why there are none.

    The name of the stage and the hint stand in external_ids (ovn-sb(5)).
    """
    database, bad = parse_tables(data, (_TABLE,))
    if bad:
        return bad[0].detail
    flows = {}
    for row in database.table(_TABLE):
        told = row.map("external_ids")
        flows[row.uuid[:8]] = LogicalFlow(
            told.get("stage-name", ""),
            told.get("stage-hint", ""),
            row.text("match") or "",
            row.number("priority"),
        )
    return flows
