"""The ways into a pod's network namespace, beside its own `ip`."""

from collectors.artifacts import BY_NAME, Artefact
from ovntrace.model.capture import Missing, Reason, Target
from ovntrace.view.attach import netns_of
from ovntrace.view.attachments import wishes_of
from ovntrace.view.context import Context
from ovntrace.view.subject import Subject


def pod_target(subject: Subject) -> Target | None:
    """The namespace of a workload's pod; None if it has none, or it is not known."""
    if not subject.namespace or not subject.pod:
        return None
    return Target(node=subject.node or "", namespace=subject.namespace, pod=subject.pod)


def other_ways_inside(
    ctx: Context, subject: Subject, pod: Target, missing: Missing | None, by_netns: bool
) -> list[tuple[Target, Artefact]]:
    """What to try where the first way into a pod's namespace failed with `missing`, or where only
    the namespace's name leads there."""
    ways = []
    if missing is not None and missing.reason in (Reason.UNPARSABLE, Reason.UNSUPPORTED):
        ways.append((pod, BY_NAME["pod-links-text"]))
    netns = netns_of(ctx, subject, wishes_of(ctx.snapshot, subject, ctx.nb))
    if netns or by_netns:
        target = Target(pod.node, pod.namespace, pod.pod, netns=netns or "")
        ways.append((target, BY_NAME["pod-links"]))
    return ways
