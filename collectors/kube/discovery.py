"""Where OVN-Kubernetes runs: which pod and container of which node has what a command needs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.artifacts import Artefact
from collectors.deadline import Deadline
from collectors.kube.api import Api
from collectors.kube.execution import Container
from collectors.kube.refusal import Question
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

# OpenShift's namespace and upstream's.
NAMESPACES = ("openshift-ovn-kubernetes", "ovn-kubernetes")
_NODE_APP = "ovnkube-node"
# Databases of zones that hold several nodes: which zone a node is in is another question.
_ZONE_APP = "ovnkube-zone-controller"


@dataclass(frozen=True, slots=True)
class Agent:
    """A pod of OVN-Kubernetes. `containers` are those of its spec, `running` those that run."""

    namespace: str
    name: str
    node: str
    containers: tuple[str, ...]
    running: tuple[str, ...]

    def choose(self, preferred: Iterable[str]) -> list[Container]:
        """The containers that may be asked, best first."""
        return [
            Container(self.namespace, self.name, name, self.node)
            for name in preferred
            if name in self.running
        ]


@dataclass(frozen=True, slots=True)
class Fleet:
    """All that was found: an agent for each node, and the pods of central databases (which
    interconnect mode does not have)."""

    namespace: str
    agents: Mapping[str, Agent]
    centrals: tuple[Agent, ...]

    def containers_for(self, artefact: Artefact, node: str) -> list[Container] | Failure:
        """Where `artefact` of `node` can be had, best first.

        The databases of interconnect mode are in each node's own pod; in central mode they are
        in pods of their own, and the same for all nodes.
        """
        agent = self.agents.get(node)
        if agent is None:
            return Failure(
                Reason.UNREACHABLE,
                f"no ovnkube-node pod on node {node or '(not known)'}",
                f"kubectl get pods -n {self.namespace} -o wide",
            )
        database = artefact.database
        if database and not _has_database(agent, artefact):
            pods = [pod for pod in self.centrals if _has_database(pod, artefact)]
            found = [container for pod in pods for container in pod.choose(artefact.containers)]
            where = f"pods with the {database.upper()} database"
        else:
            found = agent.choose(artefact.containers)
            where = f"pod {agent.name}"
        if found:
            return found
        wanted = " or ".join(artefact.containers)
        return Failure(
            Reason.UNREACHABLE,
            f"{where}: no running container {wanted}",
            f"kubectl get pods -n {self.namespace} -o wide",
        )


def discover(api: Api, namespace: str | None, deadline: Deadline) -> Fleet | Failure:
    """Look into `namespace`, or into those where OVN-Kubernetes usually is."""
    first: Failure | None = None
    names = (namespace,) if namespace else NAMESPACES
    for name in names:
        question = Question("list", "pods", name)
        data = api.whole_list(f"/api/v1/namespaces/{name}/pods", question, deadline)
        if isinstance(data, Failure):
            first = first or data
            if data.reason not in (Reason.DENIED, Reason.ABSENT):
                break
            continue
        fleet = make_fleet(name, data)
        if fleet.agents:
            return fleet
    if first is not None:
        return first
    return Failure(
        Reason.UNREACHABLE,
        f"no ovnkube-node pods in namespace {' or '.join(names)}",
        "is it OVN-Kubernetes? If it has another namespace, name it: --ovn-namespace",
    )


def make_fleet(namespace: str, pod_list: bytes) -> Fleet:
    """From a list of the namespace's pods."""
    agents: dict[str, Agent] = {}
    centrals: list[Agent] = []
    for pod in _items(pod_list):
        agent = _agent(namespace, pod)
        apps = _apps(pod)
        if _NODE_APP in apps:
            # Of two on one node (an update) the one that runs something.
            if agent.node and (agent.node not in agents or agent.running):
                agents[agent.node] = agent
        elif agent.running and _ZONE_APP not in apps:
            centrals.append(agent)
    return Fleet(namespace, agents, tuple(sorted(centrals, key=lambda pod: pod.name)))


def running_containers(pod: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the containers that run now."""
    statuses = _maps(_map(pod.get("status")).get("containerStatuses"))
    return tuple(str(s.get("name")) for s in statuses if "running" in _map(s.get("state")))


def _has_database(agent: Agent, artefact: Artefact) -> bool:
    # The first two of the row: the database's own container in OpenShift, and upstream.
    return any(name in agent.containers for name in artefact.containers[:2])


def _agent(namespace: str, pod: Mapping[str, Any]) -> Agent:
    spec, metadata = _map(pod.get("spec")), _map(pod.get("metadata"))
    return Agent(
        namespace,
        str(metadata.get("name") or ""),
        str(spec.get("nodeName") or ""),
        tuple(str(c.get("name")) for c in _maps(spec.get("containers"))),
        running_containers(pod),
    )


def _apps(pod: Mapping[str, Any]) -> Sequence[object]:
    labels = _map(_map(pod.get("metadata")).get("labels"))
    return (labels.get("app"), labels.get("name"))


def _items(data: bytes) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return []
    return _maps(_map(document).get("items"))


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
