"""Faults of daemons: stopped, killed, or not to be reached."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.commands import environment
from tests.lab.controller import await_controller
from tests.lab.external_bridge import address_node, program_br_ex
from tests.lab.lab import Lab
from tests.lab.openvswitch import wait_for_vswitchd


def _raise_nb_cfg(lab: Lab) -> None:
    """Only when somebody raises it does it show that a controller does not follow."""
    lab.ctl("ovn-nbctl", "--timeout=5", "--wait=sb", "sync")


@contextmanager
def controller_stopped(lab: Lab) -> Iterator[None]:
    """ovn-controller hangs (SIGSTOP)."""
    lab.daemons.signal("ovn-controller", signal.SIGSTOP)
    try:
        _raise_nb_cfg(lab)
        yield
    finally:
        lab.daemons.signal("ovn-controller", signal.SIGCONT)
        lab.settle()


@contextmanager
def controller_killed(lab: Lab) -> Iterator[None]:
    """ovn-controller is dead; its pid file and control socket stay."""
    lab.daemons.kill("ovn-controller")
    try:
        _raise_nb_cfg(lab)
        yield
    finally:
        lab.daemons.start_controller()
        await_controller(lab.daemons, lab.env)


@contextmanager
def vswitchd_killed(lab: Lab) -> Iterator[None]:
    """ovs-vswitchd is dead; conf.db keeps what it wrote last."""
    lab.daemons.kill("ovs-vswitchd")
    try:
        yield
    finally:
        lab.daemons.start_vswitchd()
        wait_for_vswitchd(lab.env)
        address_node(lab.places, environment(lab.folder))
        program_br_ex(lab.env)
        await_controller(lab.daemons, lab.env)


@contextmanager
def sb_socket_gone(lab: Lab) -> Iterator[None]:
    """The southbound database's socket is not where it was; who is connected stays connected."""
    socket = lab.places.sb_socket
    aside = socket.with_name(f"{socket.name}.aside")
    socket.rename(aside)
    try:
        yield
    finally:
        aside.rename(socket)
