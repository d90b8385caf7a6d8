"""Questions as the commands ask them, over one snapshot."""

from ovntrace.model.snapshot import Snapshot
from ovntrace.view.explain import explain
from ovntrace.view.find import find_workload
from ovntrace.view.subject import Query
from ovntrace.view.types import Attachment, ExplainView


def explained(snapshot: Snapshot, name: str, namespace: str | None = None) -> ExplainView:
    subject = find_workload(snapshot, Query(name, namespace))
    return explain(snapshot, subject, now=0)


def only(view: ExplainView) -> Attachment:
    [attachment] = view.attachments
    return attachment


def found(view: ExplainView) -> list[tuple[str, str]]:
    """Every finding, by id and severity."""
    hops = [hop for one in view.attachments for hop in one.hops]
    every = [*view.findings, *(finding for hop in hops for finding in hop.findings)]
    return sorted((one.id, one.severity) for one in every)


def kinds(attachment: Attachment) -> list[str]:
    return [hop.kind for hop in attachment.hops]
