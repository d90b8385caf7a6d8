"""Start ovn-controller and wait until it has done what the databases say.

OVN 23.03's dies of itself in about 1 of 50 starts: SIGSEGV right after it has connected to br-int,
nothing in its log. It is then started anew.
"""

import time
from collections.abc import Mapping

from tests.lab import example as ex
from tests.lab.commands import LabError, attempt, run
from tests.lab.daemons import Daemons

Environment = Mapping[str, str]

_ATTEMPTS = 5
_PATIENCE_S = 20.0


def await_controller(
    daemons: Daemons,
    env: Environment,
    *,
    chassis: str = ex.CHASSIS_ID,
    mappings: str = ex.BRIDGE_MAPPINGS,
) -> None:
    """Until a started ovn-controller has bound every port and made its patch ports.

    LabError if it does not come to that, or dies each time. `mappings` are all in use.
    """
    for _ in range(_ATTEMPTS):
        if _follows(daemons, env, chassis, mappings):
            _end_startup_delay(env)
            return
        daemons.start_controller()
    raise LabError("ovn-controller dies whenever it is started")


def _follows(daemons: Daemons, env: Environment, chassis: str, mappings: str) -> bool:
    """Wait for its work to be done; False when it has died."""
    limit = time.monotonic() + _PATIENCE_S
    while not _is_done(env, chassis, mappings):
        if daemons.pid("ovn-controller") is None:
            return False
        if time.monotonic() > limit:
            raise LabError(f"ovn-controller is not done in {_PATIENCE_S:g} s")
        time.sleep(0.02)
    return True


def _is_done(env: Environment, chassis: str, mappings: str) -> bool:
    # Without a chassis `--wait=hv sync` waits for nobody.
    registered = ("find", "Chassis_Private", f"name={chassis}", "chassis!=[]")
    if not _sb(env, *registered):
        return False
    sync = attempt(["ovn-nbctl", "--timeout=1", "--wait=hv", "sync"], env, timeout_s=3)
    if sync.returncode != 0 or _sb(env, "find", "Port_Binding", 'type=""', "up!=true"):
        return False
    patches = ["ovs-vsctl", "--timeout=5", "--bare", "--columns=_uuid", "find", "Interface"]
    found = run([*patches, "type=patch", "ofport>0"], env).split()
    return len(found) == 2 * len(mappings.split(","))


def _sb(env: Environment, *words: str) -> str:
    argv = ["ovn-sbctl", "--timeout=5", "--bare", "--columns=_uuid", *words]
    return run(argv, env).strip()


def _end_startup_delay(env: Environment) -> None:
    """Let it delete patch ports from now on; for a while after its start it does not.

    Not before its first answer, and newer ones have no such command.
    """
    done = attempt(["ovn-appctl", "-t", "ovn-controller", "debug/ignore-startup-delay"], env)
    if done.returncode != 0 and "is not a valid command" not in done.stderr:
        raise LabError(f"ovn-controller: {done.stderr.strip()}")
