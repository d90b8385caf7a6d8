"""A workload's attachments as explain has them, without what explain says of the whole snapshot."""

from ovntrace.diff.sides import Side
from ovntrace.view.attach import build_attachment
from ovntrace.view.attachments import wishes_of
from ovntrace.view.context import Context
from ovntrace.view.subject import Subject
from ovntrace.view.types import Attachment


def attachments_of(side: Side, subject: Subject, *, acls: bool) -> tuple[Attachment, ...]:
    """By interface and NAD. Without `acls` none is looked at (and none is in the attachments)."""
    snapshot = side.about(subject, acls=acls)
    pod = (subject.namespace, subject.pod) if subject.namespace and subject.pod else None
    ctx = Context(snapshot, subject.node or "", pod)
    found = [build_attachment(ctx, subject, one) for one in wishes_of(snapshot, subject, ctx.nb)]
    return tuple(sorted(found, key=lambda one: (one.interface, one.nad)))
