"""Kube: the collector that asks the API server."""

import json
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from collectors.artifacts import DATABASE_FILES, DATABASE_FOLDERS, Artefact, Where
from collectors.deadline import Deadline
from collectors.kube.access import Access
from collectors.kube.api import Api
from collectors.kube.discovery import Fleet, discover, running_containers
from collectors.kube.execution import Container, Executor, Outcome, Unheard
from collectors.kube.kubeconfig import load
from collectors.kube.refusal import Question
from collectors.kube.shared_reads import SharedReads
from collectors.kube.silent_nodes import SilentNodes, has_no_way
from collectors.tool_failure import Failure, failure_by_words, failure_of_run, tool_of
from ovntrace.model.capture import Capture, Missing, Reason, Target

_DISCOVERY_TIMEOUT_S = 20.0
# KubeVirt's container in which QEMU runs; the others are hooks and volumes.
_COMPUTE = "compute"

Result = Capture | Missing


class Kube:
    """A live cluster: lists of objects, and exec in the pods of OVN-Kubernetes and of workloads.

    `ovn_namespace` is where OVN-Kubernetes runs, if it is not where it usually is; `namespace`
    is the one that the kubeconfig's context names.
    """

    kind = "kube"

    def __init__(
        self,
        access: Access,
        *,
        namespace: str = "default",
        ovn_namespace: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.place = access.server
        self.namespace = namespace
        self._ovn_namespace = ovn_namespace
        self._api = Api(access)
        self._executor = Executor(access)
        self._now = now
        self._fleet: SharedReads[Fleet | Failure] = SharedReads()
        self._reads: SharedReads[Result] = SharedReads()
        self._silent = SilentNodes()

    @classmethod
    def open(
        cls,
        *,
        kubeconfig: str | None = None,
        context: str | None = None,
        ovn_namespace: str | None = None,
    ) -> "Kube":
        """By a kubeconfig, or from inside a pod. Nothing is asked of the server yet.

        Raises WrongQuestionError (no or damaged kubeconfig, unknown context) and NoAnswerError
        (its credential plugin failed).
        """
        loaded = load(kubeconfig, context)
        return cls(loaded.access, namespace=loaded.namespace, ovn_namespace=ovn_namespace)

    @property
    def api(self) -> Api:
        """The API server itself."""
        return self._api

    def fleet(self, timeout_s: float) -> Fleet | Failure:
        """The pods of OVN-Kubernetes."""
        return self._discover(Deadline.after(timeout_s))

    def can_run(self) -> str | None:
        """It can: what hinders it is known only when something is asked."""
        return None

    def nodes(self) -> Sequence[str] | Missing:
        """The nodes that have a pod of OVN-Kubernetes."""
        fleet = self._discover(Deadline.after(_DISCOVERY_TIMEOUT_S))
        if isinstance(fleet, Failure):
            return fleet.missing(Target(), "pods", "")
        return tuple(sorted(fleet.agents))

    def database_files(self, artefact: str) -> Sequence[str]:
        """Where the containers of OVN-Kubernetes have the file of `nb` or `sb`."""
        return [f"{folder}/{DATABASE_FILES[artefact]}" for folder in DATABASE_FOLDERS]

    def fetch(self, target: Target, artefact: Artefact, timeout_s: float) -> Capture | Missing:
        """A list of the API, or a command in the right pod and container."""
        deadline = Deadline.after(timeout_s)
        if artefact.where is Where.API:
            return self._list(target, artefact, deadline)
        if artefact.where is Where.POD and not target.netns:
            return self._in_workload(target, artefact, deadline)
        return self._on_node(target, artefact, deadline)

    def forget(self) -> None:
        """The next fetch of a central database reads it anew, and the pods of OVN-Kubernetes are
        looked for again: they may have been restarted."""
        self._reads.clear()
        self._fleet.clear()

    def close(self) -> None:
        """Break all connections."""
        self._executor.close()
        self._api.close()

    def _list(self, target: Target, artefact: Artefact, deadline: Deadline) -> Result:
        path = artefact.path(target.namespace)
        namespace = target.namespace if "/namespaces/" in path else ""
        question = Question("list", resource_of(artefact), namespace)
        origin = f"GET {path}"
        taken_at = self._now()
        data = self._api.whole_list(path, question, deadline)
        if isinstance(data, Failure):
            if data.reason is Reason.ABSENT and artefact.optional:
                data = replace(data, detail=f"the cluster has no {question.resource}")
            return data.missing(target, artefact.name, origin)
        seconds = self._now() - taken_at
        return Capture(target, artefact.name, data, origin, taken_at, seconds)

    def _on_node(self, target: Target, artefact: Artefact, deadline: Deadline) -> Result:
        containers = self._containers(target, artefact, deadline)
        if isinstance(containers, Failure):
            return containers.missing(target, artefact.name, "")
        in_own_pod = self._is_of_node(target.node, containers[0])
        if in_own_pod:
            return self._first(target, artefact, containers, deadline)
        shared = self._reads.get(
            (artefact, containers[0]),
            lambda: self._first(target, artefact, containers, deadline),
            lambda result: isinstance(result, Capture),
        )
        return replace(shared, target=target)

    def _first(
        self,
        target: Target,
        artefact: Artefact,
        containers: Sequence[Container],
        deadline: Deadline,
    ) -> Result:
        """The first container that has the program and reaches the daemon."""
        first: Missing | None = None
        hopeless: set[str] = set()
        for container in containers:
            if container.pod in hopeless:
                continue
            result = self._exec(target, artefact, container, deadline)
            if isinstance(result, Capture):
                return result
            first = first or result
            if result.reason is Reason.DENIED or deadline.passed:
                return result
            if result.reason is not Reason.ABSENT:
                # The program is there: another container of this pod fares no better.
                hopeless.add(container.pod)
        assert first is not None
        return first

    def _in_workload(self, target: Target, artefact: Artefact, deadline: Deadline) -> Result:
        silent = self._silent.why(target.node)
        if silent is not None:
            return silent.missing(target, artefact.name, "")
        if not target.container:
            name = self._running_container(target, deadline)
            if isinstance(name, Failure):
                return name.missing(target, artefact.name, "")
            target = replace(target, container=name)
        container = Container(target.namespace, target.pod, target.container, target.node)
        result = self._exec(target, artefact, container, deadline)
        if isinstance(result, Missing) and result.reason is Reason.UNREACHABLE:
            why = self._running_container(target, deadline)
            if isinstance(why, Failure) and why.reason is Reason.ABSENT:
                return why.missing(target, artefact.name, result.origin)
        return result

    def _exec(
        self, target: Target, artefact: Artefact, container: Container, deadline: Deadline
    ) -> Result:
        argv = artefact.command(deadline.left_s, target.netns)
        origin = f"{_kubectl(container)} {shlex.join(argv)}"
        taken_at = self._now()
        silent = self._silent.why(container.node)
        if silent is not None:
            return silent.missing(target, artefact.name, origin)
        outcome = self._executor.run(container, argv, deadline)
        self._note(container.node, artefact, outcome)
        if isinstance(outcome, Failure):
            return outcome.missing(target, artefact.name, origin)
        failure = _failure(artefact, argv, outcome)
        if failure is not None:
            return failure.missing(target, artefact.name, origin)
        return Capture(
            target,
            artefact.name,
            outcome.stdout,
            origin,
            taken_at,
            self._now() - taken_at,
            outcome.exit_code or 0,
            outcome.stderr,
            argv,
        )

    def _note(self, node: str, artefact: Artefact, outcome: Outcome | Failure) -> None:
        """Remember whether the node answers."""
        if isinstance(outcome, Unheard):
            # A command without a limit of its own (ip) may hang by itself.
            if outcome.reason is not Reason.TIMEOUT or _ends_itself(artefact):
                self._silent.was_silent(node, outcome)
        elif isinstance(outcome, Outcome):
            # A program that could not be started: who says so is the node's container runtime.
            if outcome.exit_code is None and has_no_way(outcome.message):
                self._silent.was_silent(node, Failure(Reason.UNREACHABLE, outcome.message))
            else:
                self._silent.answered(node)

    def _containers(
        self, target: Target, artefact: Artefact, deadline: Deadline
    ) -> list[Container] | Failure:
        fleet = self._discover(deadline)
        if isinstance(fleet, Failure):
            return fleet
        return fleet.containers_for(artefact, target.node)

    def _discover(self, deadline: Deadline) -> Fleet | Failure:
        return self._fleet.get(
            "fleet",
            lambda: discover(self._api, self._ovn_namespace, deadline),
            lambda result: isinstance(result, Fleet),
        )

    def _is_of_node(self, node: str, container: Container) -> bool:
        fleet = self._discover(Deadline.after(_DISCOVERY_TIMEOUT_S))
        agent = None if isinstance(fleet, Failure) else fleet.agents.get(node)
        return agent is not None and agent.name == container.pod

    def _running_container(self, target: Target, deadline: Deadline) -> str | Failure:
        """The container of the workload to run a command in, or why there is none."""
        path = f"/api/v1/namespaces/{quote(target.namespace, safe='')}/pods/"
        question = Question("get", "pods", target.namespace)
        data = self._api.get(path + quote(target.pod, safe=""), question, deadline)
        if isinstance(data, Failure):
            return data
        try:
            pod: Any = json.loads(data)
        except (ValueError, RecursionError):
            pod = None
        if not isinstance(pod, Mapping):
            return Failure(Reason.UNPARSABLE, f"pod {target.pod}: not JSON")
        running = running_containers(pod)
        if _COMPUTE in running:
            return _COMPUTE
        return running[0] if running else _no_container(pod)


def _no_container(pod: Mapping[str, Any]) -> Failure:
    status = pod.get("status")
    status = status if isinstance(status, Mapping) else {}
    phase = str(status.get("phase") or "in no known phase")
    reason = f" ({status['reason']})" if status.get("reason") else ""
    return Failure(Reason.ABSENT, f"the pod is {phase}{reason}: no container of it runs")


def _failure(artefact: Artefact, argv: Sequence[str], outcome: Outcome) -> Failure | None:
    if outcome.exit_code is not None:
        # crun and conmon report what they can't start as an exit code and a message.
        said = outcome.stderr or (outcome.message if outcome.exit_code else "")
        return failure_of_run(artefact, argv, outcome.exit_code, said)
    detail = f"{tool_of(argv)} could not be started: {outcome.message}"
    return failure_by_words(argv[0], outcome.message, detail) or Failure(Reason.UNREACHABLE, detail)


def _ends_itself(artefact: Artefact) -> bool:
    """True if its command has a time limit of its own."""
    return any("{timeout}" in word for word in artefact.argv)


def _kubectl(container: Container) -> str:
    argv = ("kubectl", "exec", "-n", container.namespace, container.pod, "-c", container.name)
    return f"{shlex.join(argv)} --"


def resource_of(artefact: Artefact) -> str:
    """The resource as RBAC names it: with its group, if it has one."""
    parts = artefact.resource.strip("/").split("/")
    return f"{parts[-1]}.{parts[1]}" if parts[0] == "apis" else parts[-1]
