"""What failed programs mean: messages as the real programs write them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from collectors.artifacts import BY_NAME
from collectors.tool_failure import failure_of, failure_of_run, last_line, not_installed
from ovntrace.model.capture import Reason

NBCTL = BY_NAME["nb"].command(5)

# stderr of OVN 23.03, OVS 3.1, iproute2 6.1, busybox 1.35, runc, crun, containerd.
CASES = [
    (
        1,
        "ovn-nbctl: unix:/run/ovn/ovnnb_db.sock: database connection failed (No such file or "
        "directory)\n",
        Reason.UNREACHABLE,
        "No such file or directory",
    ),
    (
        1,
        "ovn-nbctl: unix:/run/ovn/ovnnb_db.sock: database connection failed (Permission denied)",
        Reason.DENIED,
        "Permission denied",
    ),
    (
        142,
        "2026-11-24T23:08:45Z|00001|fatal_signal|WARN|terminating with signal 14 (Alarm clock)\n",
        Reason.TIMEOUT,
        "own time limit (4 s)",
    ),
    (-14, "", Reason.TIMEOUT, "own time limit"),
    (137, "", Reason.UNREACHABLE, "killed"),
    (1, 'ovn-nbctl: unknown table "Nope"\n', Reason.UNSUPPORTED, 'unknown table "Nope"'),
    (
        1,
        'Cannot open network namespace "nope": No such file or directory\n',
        Reason.ABSENT,
        '"nope"',
    ),
    (
        1,
        "ip: unrecognized option: j\nBusyBox v1.36.1 multi-call binary.\n\nUsage: ip [OPTIONS]\n",
        Reason.UNSUPPORTED,
        "busybox",
    ),
    (255, 'Option "-j" is unknown, try "ip -help".\n', Reason.UNSUPPORTED, "unknown"),
    (
        127,
        "executable file `ovn-nbctl` not found in $PATH: No such file or directory",
        Reason.ABSENT,
        "not there",
    ),
    (127, "", Reason.ABSENT, "not there"),
    (1, "mount --make-rslave /: Operation not permitted\n", Reason.DENIED, "not permitted"),
    (3, "first\nsomething new\n\n", Reason.UNREACHABLE, "exit code 3: something new"),
    (3, "", Reason.UNREACHABLE, "exit code 3"),
]


@pytest.mark.parametrize(("exit_code", "stderr", "reason", "words"), CASES)
def test_reasons(exit_code: int, stderr: str, reason: Reason, words: str) -> None:
    failure = failure_of(NBCTL, exit_code, stderr)
    assert failure.reason is reason
    assert words in failure.detail
    assert "\n" not in failure.detail + failure.hint


@pytest.mark.parametrize(
    "stderr",
    [
        "ovs-ofctl: /run/openvswitch/br-int.mgmt: failed to open socket (Connection refused)\n",
        "ovs-ofctl: br-int is not a bridge or a socket\n",
    ],
)
def test_a_silent_daemon_is_a_probes_answer(stderr: str) -> None:
    probe = BY_NAME["ovs-vswitchd"]
    assert failure_of_run(probe, probe.command(5), 1, stderr) is None
    assert failure_of_run(probe, probe.command(5), 142, "") is None
    other = failure_of_run(BY_NAME["ovs"], probe.command(5), 1, stderr)
    assert other is not None
    assert other.reason is Reason.UNREACHABLE


@pytest.mark.parametrize(
    ("exit_code", "stderr", "reason"),
    [
        (1, "ovs-ofctl: /run/x: failed to open socket (Permission denied)", Reason.DENIED),
        (127, "executable file not found in $PATH", Reason.ABSENT),
    ],
)
def test_a_probe_that_could_not_ask_has_no_answer(
    exit_code: int, stderr: str, reason: Reason
) -> None:
    probe = BY_NAME["ovs-vswitchd"]
    failure = failure_of_run(probe, probe.command(5), exit_code, stderr)
    assert failure is not None
    assert failure.reason is reason


def test_the_last_line_is_bounded() -> None:
    assert last_line("a\n" + "x" * 5000 + "\n\n") == "x" * 400
    assert last_line("\n \n") == ""


@pytest.mark.skipif(shutil.which("busybox") is None, reason="no busybox here")
def test_this_machines_busybox_is_known(tmp_path: Path) -> None:
    program = tmp_path / "ip"
    program.symlink_to(str(shutil.which("busybox")))
    argv = BY_NAME["pod-links"].command(5)
    run = subprocess.run([program, *argv[1:]], capture_output=True, text=True)
    assert failure_of(argv, run.returncode, run.stderr).reason is Reason.UNSUPPORTED


@pytest.mark.parametrize(
    ("stderr", "reason", "words"),
    [
        ("gzip: /etc/ovn/ovnnb_db.db: No such file or directory\n", Reason.ABSENT, "ovnnb_db.db"),
        ("cat: /etc/ovn/ovnnb_db.db: No such file or directory\n", Reason.ABSENT, "ovnnb_db.db"),
        ("cat: can't open '/etc/ovn/a.db': No such file or directory\n", Reason.ABSENT, "a.db"),
        ("gzip: /etc/ovn/ovnnb_db.db: Permission denied\n", Reason.DENIED, "Permission denied"),
        ("gzip: /etc/ovn/ovnnb_db.db: Input/output error\n", Reason.UNREACHABLE, "Input/output"),
    ],
)
def test_a_file_that_can_not_be_copied(stderr: str, reason: Reason, words: str) -> None:
    failure = failure_of(("timeout", "9", "gzip", "-1", "-c", "/etc/ovn/ovnnb_db.db"), 1, stderr)
    assert failure.reason is reason
    assert words in failure.detail


@pytest.mark.parametrize(
    "said", ["timeout: failed to run command 'gzip': No such file or directory", ""]
)
def test_an_image_without_gzip(said: str) -> None:
    failure = failure_of(("timeout", "9", "gzip", "-1", "-c", "/x/ovnnb_db.db"), 127, said)
    assert failure == not_installed("gzip")
