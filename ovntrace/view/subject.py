"""What a question is about: a pod, a VM through its launcher pod, or a bare logical port."""

from dataclasses import dataclass

from ovntrace.cms.known import identity_of
from ovntrace.model.kube import Object, name_of, namespace_of, text_at
from ovntrace.model.northbound import LogicalSwitchPort
from ovntrace.model.snapshot import Snapshot
from ovntrace.view.launchers import launcher_of


@dataclass(frozen=True, slots=True)
class Query:
    """A name as a person typed it, and where to look."""

    name: str
    namespace: str | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A workload that was found. `lsp` is set where only a logical port is known of it; `name` is
    then the name that the port has in its CMS, which others may have too, or the port's own."""

    kind: str  # pod | vm | port
    namespace: str | None
    name: str
    node: str | None
    pod: str | None
    lsp: str | None = None
    phase: str | None = None

    def __str__(self) -> str:
        parts = [self.kind, self.namespace, self.name] if self.namespace else [self.kind, self.name]
        words = "/".join(part for part in parts if part)
        return f"{words} ({self.lsp})" if self.lsp not in (None, self.name) else words


def subject_of_pod(pod: Object) -> Subject:
    """The pod as a subject."""
    return Subject(
        "pod",
        namespace_of(pod),
        name_of(pod),
        text_at(pod, "spec", "nodeName"),
        name_of(pod),
        phase=text_at(pod, "status", "phase"),
    )


def subject_of_vm(snapshot: Snapshot, namespace: str, name: str) -> Subject:
    """A VM or VMI as a subject; without a launcher pod it is stopped, or not started yet."""
    launcher = launcher_of(snapshot, namespace, name)
    vmi = snapshot.kube.get("virtualmachineinstances", namespace, name)
    vm = snapshot.kube.get("virtualmachines", namespace, name)
    phase = text_at(vmi, "status", "phase") or text_at(vm, "status", "printableStatus")
    node = text_at(launcher, "spec", "nodeName") if launcher else None
    return Subject(
        "vm",
        namespace,
        name,
        node or (text_at(vmi, "status", "nodeName") if vmi else None),
        name_of(launcher) if launcher else None,
        phase=phase,
    )


def pod_of_port(port: LogicalSwitchPort) -> tuple[str, str] | None:
    """(namespace, pod) of a port that OVN-Kubernetes or another CMS made for a pod.

    Of OVN-Kubernetes' name only the right end is sure: Kubernetes names have no `_`, so its last
    two fields are namespace and pod."""
    if port.external_ids.get("pod") != "true":
        identity = identity_of(port, None)
        if identity is None or not identity.namespace or not identity.pod:
            return None
        return identity.namespace, identity.pod
    namespace = port.external_ids.get("namespace")
    if namespace is None:
        return None
    head, _, pod = port.name.rpartition("_")
    if not pod or (head != namespace and not head.endswith("_" + namespace)):
        return None
    return namespace, pod


def vm_of_launcher(pod: str) -> str | None:
    """The VM that a launcher pod's name tells: KubeVirt makes `virt-launcher-<VM>-<5 characters>`
    (pkg/virt-controller/services/template.go, generateName). Used only without the API."""
    head, dash, tail = pod.rpartition("-")
    prefix = "virt-launcher-"
    if not dash or len(tail) != 5 or not head.startswith(prefix):
        return None
    return head.removeprefix(prefix) or None


def subject_of_port(port: LogicalSwitchPort, node: str) -> Subject:
    """A logical port as a subject: its pod or VM where the name tells, else the port by the name
    that its CMS has for it."""
    owner = pod_of_port(port)
    if owner is None:
        identity = identity_of(port, None)
        name = (identity.name if identity else None) or port.name
        return Subject("port", None, name, node, None, lsp=port.name)
    namespace, pod = owner
    vm = vm_of_launcher(pod)
    if vm:
        return Subject("vm", namespace, vm, node, pod, lsp=port.name)
    return Subject("pod", namespace, pod, node, pod, lsp=port.name)
