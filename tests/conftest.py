"""What all tests share: the fixtures, and that nothing which needs real OVN is skipped unseen."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says something of the machine, not of what is tested.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")

pytest_plugins = ["tests.lab.fixtures", "tests.lab.api.fixtures"]

# What starts us in the background may have SIGINT ignored, and so would every program of ours.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """A test marked `lab` or `peers` that was skipped is a failure where that is asked for."""
    del call
    outcome = yield
    report = outcome.get_result()
    if report.skipped and _no_skips() and _needs_real(item) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and OVNTRACE_NO_SKIPS is set: " + str(
            report.longrepr
        )


def _needs_real(item: pytest.Item) -> bool:
    if "newest" in item.nodeid and not os.environ.get("OVNTRACE_NEWEST"):
        return False  # its suite moves; the target test-newest asks for it
    if "test_client_node" in item.nodeid:
        return False  # a second opinion beside kubectl's, where the machine has node and npm
    return (
        item.get_closest_marker("lab") is not None or item.get_closest_marker("peers") is not None
    )


def _no_skips() -> bool:
    return bool(os.environ.get("OVNTRACE_NO_SKIPS"))
