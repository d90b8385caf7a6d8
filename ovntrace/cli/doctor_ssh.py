"""`doctor`: nodes by SSH. Connections, sudo, containers, tools, sockets, clocks."""

from typing import TYPE_CHECKING, Final

from collectors.tool_failure import Failure
from ovntrace.cli.doctor_nodes import Found, Say, check_nodes
from ovntrace.cli.options import SshWords, WayIn
from ovntrace.doctor.clocks import judged
from ovntrace.doctor.types import Check, CheckState, Topic, WayChecked, in_order
from ovntrace.doctor.versions import compared

if TYPE_CHECKING:
    from collectors.ssh.collector import HostSeen
    from collectors.ssh.host import Layout

KIND: Final = "ssh"


def checked(asked: SshWords, way: WayIn, say: Say) -> WayChecked:
    """Raises WrongQuestionError for a configuration that can't be read, and for what is no host."""
    from collectors.ssh import Ssh

    ssh = Ssh.open(
        asked.hosts,
        config=asked.config,
        sudo=asked.sudo,
        ovn_namespace=way.ovn_namespace,
        timeout_s=way.timeout_s,
    )
    try:
        say(f"connecting to {ssh.place}")
        found = Found()
        reached = [host.node for host in ssh.seen() if _host(host, found)]
        nodes = check_nodes(ssh, reached, way.timeout_s, say, reach="commands")
    finally:
        ssh.close()
    checks = (*found.checks, *nodes.checks, *compared(nodes.versions), *judged(nodes.clocks))
    return WayChecked(
        KIND,
        ssh.place,
        in_order(checks),
        versions=tuple(nodes.versions),
        clocks=tuple(nodes.clocks),
    )


def _host(host: "HostSeen", found: Found) -> bool:
    """True if it is connected."""
    if isinstance(host.layout, Failure):
        failure = host.layout
        found.checks.append(
            Check(
                Topic.WAY,
                "connection",
                CheckState.FAILED,
                node=host.node,
                detail=failure.detail,
                hint=failure.hint,
            )
        )
        return False
    detail = f"connected as {host.named}"
    found.checks.append(
        Check(Topic.WAY, "connection", CheckState.OK, node=host.node, detail=detail)
    )
    found.checks += _runtime(host.node, host.layout)
    return True


def _runtime(node: str, layout: "Layout") -> list[Check]:
    """Whether its containers are found, where there are any."""
    if layout.trouble is not None:
        trouble = layout.trouble
        return [
            Check(
                Topic.TOOLS,
                "crictl",
                CheckState.FAILED,
                node=node,
                detail=trouble.detail,
                hint=trouble.hint,
                needed=False,
            )
        ]
    if not layout.has_runtime:
        detail = "no crictl: OVN is looked for on the host itself"
        return [
            Check(Topic.TOOLS, "crictl", CheckState.MISSING, node=node, detail=detail, needed=False)
        ]
    names = ", ".join(sorted({one.name for one in layout.containers}))
    detail = f"containers of OVN-Kubernetes: {names or 'none'}"
    return [Check(Topic.TOOLS, "crictl", CheckState.OK, node=node, detail=detail, needed=False)]
