"""Open the way in that was chosen. Each collector is imported only when it is used."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ovntrace.cli.options import OvsdbWords, SshWords, WayIn
from ovntrace.errors import NoAnswerError

if TYPE_CHECKING:
    from collectors.base import Collector


@contextmanager
def opened(way: WayIn) -> Iterator["Collector"]:
    """The collector, closed at the end whatever happens. NoAnswerError if it can't be used."""
    collector = _collector(way)
    try:
        reason = collector.can_run()
        if reason is not None:
            raise NoAnswerError(reason, place=collector.place)
        yield collector
    finally:
        collector.close()


def _collector(way: WayIn) -> "Collector":
    if way.from_paths:
        from collectors.dump import Dump

        return Dump(way.from_paths)
    if way.local:
        from collectors.local import Local

        return Local()
    if way.ssh is not None:
        return _ssh(way.ssh, way)
    if way.ovsdb is not None:
        return _ovsdb(way.ovsdb, way.timeout_s)
    from collectors.kube import Kube

    return Kube.open(
        kubeconfig=None if way.kubeconfig is None else str(way.kubeconfig),
        context=way.context,
        ovn_namespace=way.ovn_namespace,
    )


def _ssh(asked: SshWords, way: WayIn) -> "Collector":
    from collectors.ssh import Ssh

    return Ssh.open(
        asked.hosts,
        config=asked.config,
        sudo=asked.sudo,
        ovn_namespace=way.ovn_namespace,
        timeout_s=way.timeout_s,
    )


def _ovsdb(asked: OvsdbWords, timeout_s: float) -> "Collector":
    from collectors.ovsdb import Certificates, Ovsdb, sources_of

    return Ovsdb(
        sources_of(asked.words),
        certificates=Certificates(asked.private_key, asked.certificate, asked.ca),
        leader_only=asked.leader_only,
        timeout_s=timeout_s,
    )
