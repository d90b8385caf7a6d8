"""A KubeVirt (CNV) must-gather: what `ip address` says inside launchers and on nodes, as text.

    <root>/namespaces/<ns>/vms/<vm>/<virt-launcher pod>.ip.txt
    <root>/nodes/<node>/ip.txt

Its VMs and VMIs are objects like any other.
"""

from collections.abc import Iterable

from collectors.artifacts import Artefact
from collectors.dump.files import Files, UnreadableFileError
from collectors.dump.layout import is_component
from collectors.dump.reader import Part
from collectors.dump.readers.links_json import links_as_json
from ovntrace.model.capture import Capture, Missing, Reason, Target

_LAUNCHER = ".ip.txt"


def probe(files: Files) -> "KubeVirt | None":
    """The reader, if there are such texts."""
    pods: dict[tuple[str, str], str] = {}
    nodes: dict[str, str] = {}
    for parts in files.paths():
        last = parts[-1].removesuffix(".gz")
        path = "/".join((*parts[:-1], last))
        above = parts[-5:-1]
        if above[::2] == ("namespaces", "vms") and last.endswith(_LAUNCHER):
            pods[above[1], last.removesuffix(_LAUNCHER)] = path
        elif above[-2:-1] == ("nodes",) and last == "ip.txt" and is_component(above[-1]):
            nodes[above[-1]] = path
    return KubeVirt(files, pods, nodes) if pods or nodes else None


class KubeVirt:
    """Links of launchers and nodes."""

    name = "KubeVirt must-gather"

    def __init__(
        self, files: Files, pods: dict[tuple[str, str], str], nodes: dict[str, str]
    ) -> None:
        self._files = files
        self._pods = pods
        self._nodes = nodes
        self.nodes = tuple(sorted(nodes))

    def find(self, target: Target, artefact: Artefact) -> Capture | Missing | None:
        """Links as text where text is asked for, else as JSON."""
        if artefact.name == "node-links" and not target.pod:
            path = self._nodes.get(target.node)
        elif artefact.name in ("pod-links", "pod-links-text"):
            path = self._pods.get((target.namespace, target.pod))
        else:
            return None
        if path is None:
            return None
        return found_links(self._files, path, target, artefact)

    def parts(self) -> Iterable[Part]:
        """A part for each text."""
        for (namespace, pod), path in sorted(self._pods.items()):
            target = Target(namespace=namespace, pod=pod)
            yield Part(target, "pod-links", (path,), self._files.size(path))
        for node, path in sorted(self._nodes.items()):
            yield Part(Target(node=node), "node-links", (path,), self._files.size(path))


def found_links(
    files: Files, path: str, target: Target, artefact: Artefact
) -> Capture | Missing | None:
    """The links of a text, in the artefact's own form."""
    try:
        text = files.read(path)
    except UnreadableFileError as error:
        return Missing(target, artefact.name, Reason.UNPARSABLE, str(error), "", path)
    if text is None:
        return None
    data = text if artefact.name == "pod-links-text" else links_as_json(text)
    if data is None:
        detail = f"{path}: no interface in it"
        return Missing(target, artefact.name, Reason.UNPARSABLE, detail, "", path)
    return Capture(target, artefact.name, data, path)
