"""`doctor`: the live cluster. Server, user, rights, pods of OVN-Kubernetes, exec, clocks."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from collectors.artifacts import ARTEFACTS, Artefact, Where
from collectors.deadline import Deadline
from collectors.tool_failure import Failure
from ovntrace.cli.doctor_nodes import Found, Say, check_nodes
from ovntrace.cli.doctor_together import together
from ovntrace.cli.options import WayIn
from ovntrace.doctor.clocks import judged, reading
from ovntrace.doctor.types import Check, CheckState, Topic, WayChecked, in_order
from ovntrace.doctor.versions import compared, some
from ovntrace.errors import OvntraceError
from ovntrace.model.capture import Reason

if TYPE_CHECKING:
    from collectors.kube import Kube
    from collectors.kube.discovery import Fleet
    from collectors.kube.server_facts import Right, ServerFacts

KIND: Final = "kube"
# From here on the API server asks for `create` on pods/exec, over WebSocket too.
_CREATE_SINCE: Final = 35
# What `dump` alone lists: docs/rights.md.
_OF_DUMP: Final = ("nodes", "namespaces")
_REFUSED: Final = re.compile(r"^not allowed to list \S+ ")
_RBAC: Final = "kubectl apply -f docs/rbac.yaml"


def checked(way: WayIn, namespace: str | None, say: Say, *, is_asked: bool) -> WayChecked:
    """The way in; `is_asked` if it was chosen by an option. `namespace` is that of workloads."""
    from collectors.kube import Kube
    from collectors.kube.kubeconfig import is_at_hand

    file = None if way.kubeconfig is None else str(way.kubeconfig)
    try:
        kube = Kube.open(kubeconfig=file, context=way.context, ovn_namespace=way.ovn_namespace)
    except OvntraceError as error:
        check = Check(
            Topic.WAY,
            "kubeconfig",
            CheckState.MISSING,
            detail=error.message,
            hint=error.hint,
        )
        return WayChecked(KIND, error.place, (check,), at_hand=is_asked or is_at_hand(file))
    try:
        return _Cluster(kube, way, namespace, say).checked()
    finally:
        kube.close()


class _Cluster:
    """One look at it."""

    def __init__(self, kube: "Kube", way: WayIn, namespace: str | None, say: Say) -> None:
        self._kube, self._namespace, self._say = kube, namespace, say
        self._timeout_s = way.timeout_s
        self._ovn_namespace = way.ovn_namespace
        self._minor: int | None = None
        self._found = Found()

    def checked(self) -> WayChecked:
        found = self._found
        if self._server():
            fleet = self._kube.fleet(self._timeout_s)
            self._rights(fleet)
            if isinstance(fleet, Failure):
                self._add(_of_failure(Topic.WAY, "ovnkube-node pods", fleet))
            else:
                self._pods(fleet)
        checks = (*found.checks, *compared(found.versions), *judged(found.clocks))
        return WayChecked(
            KIND,
            self._kube.place,
            in_order(checks),
            versions=tuple(found.versions),
            clocks=tuple(found.clocks),
        )

    def _deadline(self) -> Deadline:
        return Deadline.after(self._timeout_s)

    # --- the server ----------------------------------------------------------------------------

    def _server(self) -> bool:
        """True if it answers to us."""
        from collectors.kube.server_facts import ask_server, ask_user

        self._say(f"asking {self._kube.place}")
        facts = ask_server(self._kube.api, self._deadline())
        if isinstance(facts, Failure) and facts.reason is not Reason.DENIED:
            self._add(_of_failure(Topic.WAY, "API server", facts))
            return False
        self._minor = None if isinstance(facts, Failure) else facts.minor
        if not isinstance(facts, Failure):
            self._told(facts)
        user = ask_user(self._kube.api, self._deadline())
        if isinstance(user, Failure):
            # A server may refuse that to some; a wrong token is refused everything.
            is_known = "(401)" not in user.detail
            self._add(_of_failure(Topic.WAY, "user", user, needed=not is_known))
            return is_known
        detail = f"the server knows us as {user}" if user else "the server does not tell as whom"
        state = CheckState.OK if user else CheckState.NOT_ASKED
        self._add(Check(Topic.WAY, "user", state, value=user or "", detail=detail, needed=False))
        return True

    def _told(self, facts: "ServerFacts") -> None:
        version = f"Kubernetes {facts.version}" if facts.version else ""
        detail = f"answers: {version or 'of no known version'}"
        self._add(Check(Topic.WAY, "API server", CheckState.OK, value=version, detail=detail))
        if facts.date is not None:
            self._found.clocks.append(
                reading(
                    "",
                    "the API server",
                    told=facts.date,
                    precision_s=1.0,
                    asked_at=facts.asked_at,
                    seconds=facts.seconds,
                )
            )

    # --- rights --------------------------------------------------------------------------------

    def _rights(self, fleet: "Fleet | Failure") -> None:
        """The lists by really asking each; exec in workloads, which nobody named, by review."""
        from collectors.kube.discovery import NAMESPACES
        from collectors.kube.server_facts import Right

        self._say("asking for lists and rights")
        lists = [row for row in ARTEFACTS if row.where is Where.API]
        place = NAMESPACES[0] if isinstance(fleet, Failure) else fleet.namespace
        own = self._ovn_namespace or place
        of_workloads = self._namespace or ""
        exec_here = [Right(verb, "pods/exec", own) for verb in ("get", "create")]
        exec_there = [
            Right("get", "pods", of_workloads),
            *(Right(verb, "pods/exec", of_workloads) for verb in ("get", "create")),
        ]
        questions: list[Callable[[], Check]] = [
            *(partial(self._list, row) for row in lists),
            *(partial(self._exec, right) for right in exec_here),
            partial(self._workloads, exec_there),
        ]
        self._found.checks += together(questions)

    def _list(self, row: Artefact) -> Check:
        from collectors.kube.server_facts import ask_list

        what = f"list {row.name}"
        failure = ask_list(self._kube.api, row, self._deadline())
        needed = not row.rarely
        if failure is None:
            return Check(
                Topic.RIGHTS, what, CheckState.OK, detail=f"GET {row.path()}", needed=needed
            )
        if failure.reason is Reason.ABSENT and row.optional:
            detail = "the cluster has no such resource"
            return Check(Topic.RIGHTS, what, CheckState.MISSING, detail=detail, needed=False)
        role = "ovntrace-dump" if row.name in _OF_DUMP else "ovntrace-read"
        only = f"; {row.rarely}" if row.rarely else ""
        return Check(
            Topic.RIGHTS,
            what,
            CheckState.FAILED,
            # What is refused is told already: lists of which the same is to be said stand together.
            detail=f"{_REFUSED.sub('not allowed ', failure.detail)}{only}",
            hint=_hint(failure, role),
            needed=needed,
        )

    def _exec(self, right: "Right") -> Check:
        """In the pods of OVN-Kubernetes."""
        from collectors.kube.server_facts import ask_right

        what = f"{right.verb} {right.resource} in {right.namespace}"
        allowed = ask_right(self._kube.api, right, self._deadline())
        is_new = self._minor is not None and self._minor >= _CREATE_SINCE
        needed = right.verb == "get" or is_new
        if isinstance(allowed, Failure):
            return _of_failure(Topic.RIGHTS, what, allowed, needed=False)
        if allowed:
            return Check(Topic.RIGHTS, what, CheckState.OK, detail="granted", needed=needed)
        later = "" if needed else f": Kubernetes 1.{_CREATE_SINCE} and later want it"
        return Check(
            Topic.RIGHTS,
            what,
            CheckState.FAILED,
            detail=f"not allowed to {what}{later}",
            hint=f"{_RBAC} (role ovntrace-exec); test: {_can_i(right)}",
            needed=needed,
        )

    def _workloads(self, rights: "Sequence[Right]") -> Check:
        """In workloads, which is optional."""
        from collectors.kube.server_facts import ask_right

        answers = [ask_right(self._kube.api, right, self._deadline()) for right in rights]
        where = f"in {self._namespace}" if self._namespace else "in all namespaces"
        what = f"exec in workloads {where}"
        failure = next((one for one in answers if isinstance(one, Failure)), None)
        if failure is not None:
            return _of_failure(Topic.RIGHTS, what, failure, needed=False)
        lacking = [right for right, one in zip(rights, answers, strict=True) if not one]
        if not lacking:
            return Check(Topic.RIGHTS, what, CheckState.OK, detail="granted", needed=False)
        verbs = ", ".join(f"{right.verb} {right.resource}" for right in lacking)
        detail = (
            f"optional, and not granted: {verbs} {where}; "
            "a pod's interfaces are then read from its node"
        )
        hint = (
            f"kubectl create rolebinding ovntrace-workloads -n {self._namespace or 'NAMESPACE'} "
            "--clusterrole=ovntrace-workloads --group=ovntrace-users"
        )
        state = CheckState.FAILED
        return Check(Topic.RIGHTS, what, state, detail=detail, hint=hint, needed=False)

    # --- pods and nodes ------------------------------------------------------------------------

    def _pods(self, fleet: "Fleet") -> None:
        agents = fleet.agents.values()
        central = f", databases in {len(fleet.centrals)} more" if fleet.centrals else ""
        value = f"{len(fleet.agents)} in {fleet.namespace}{central}"
        self._add(
            Check(
                Topic.WAY,
                "ovnkube-node pods",
                CheckState.OK,
                value=value,
                detail=f"{value}; on {some(sorted(fleet.agents))}",
            )
        )
        for agent in agents:
            idle = [name for name in agent.containers if name not in agent.running]
            if not idle:
                continue
            names = ", ".join(idle)
            self._add(
                Check(
                    Topic.DAEMONS,
                    "containers",
                    CheckState.FAILED,
                    node=agent.node,
                    detail=f"do not run in pod {agent.name}: {names}",
                    hint=f"kubectl describe pod -n {agent.namespace} {agent.name}",
                    needed=False,
                )
            )
        nodes = check_nodes(
            self._kube, sorted(fleet.agents), self._timeout_s, self._say, reach="exec"
        )
        self._found.checks += nodes.checks
        self._found.versions += nodes.versions
        self._found.clocks += nodes.clocks

    def _add(self, check: Check) -> None:
        self._found.checks.append(check)


def _of_failure(topic: Topic, what: str, failure: Failure, *, needed: bool = True) -> Check:
    return Check(
        topic,
        what,
        CheckState.FAILED,
        detail=failure.detail,
        hint=failure.hint,
        needed=needed,
    )


def _hint(failure: Failure, role: str) -> str:
    if failure.reason is not Reason.DENIED:
        return failure.hint
    return f"{_RBAC} (role {role})"


def _can_i(right: "Right") -> str:
    return f"kubectl auth can-i {right.verb} {right.resource} -n {right.namespace}"
