"""Programs on this machine, with real processes."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from collectors.process import Processes

PYTHON = sys.executable


def python(code: str, *arguments: str) -> list[str]:
    return [PYTHON, "-c", code, *arguments]


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_both_streams_and_the_exit_code() -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\x00'); sys.stderr.write('e'); sys.exit(3)"
    finished = Processes().run(python(code), 10)
    assert (finished.end, finished.exit_code) == ("exited", 3)
    assert (finished.stdout, finished.stderr) == (b"\xff\x00", b"e")
    assert 0 < finished.seconds < 10


def test_a_program_that_fills_both_streams_is_not_deadlocked() -> None:
    code = """
import sys, threading
def fill(stream, byte):
    for _ in range(200): stream.buffer.write(byte * 10000)
threads = [threading.Thread(target=fill, args=a) for a in ((sys.stderr, b'e'), (sys.stdout, b'o'))]
[t.start() for t in threads]; [t.join() for t in threads]
"""
    finished = Processes().run(python(code), 20)
    assert finished.end == "exited"
    assert (len(finished.stdout), len(finished.stderr)) == (2_000_000, 2_000_000)


def test_stderr_alone_may_be_large() -> None:
    finished = Processes().run(python("import sys; sys.stderr.write('x' * 3_000_000)"), 20)
    assert len(finished.stderr) == 3_000_000


def test_arguments_are_no_shell_text(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    word = f"; touch {marker} $(touch {marker})"
    finished = Processes().run(python("import sys; print(sys.argv[1])", word), 10)
    assert finished.stdout.decode() == word + "\n"
    assert not marker.exists()


def test_the_environment_is_the_given_one_without_translations() -> None:
    processes = Processes({"PATH": os.environ["PATH"], "LANG": "de_DE.UTF-8", "A": "b"})
    code = "import os; print(os.environ.get('A'), os.environ.get('LC_ALL'), 'HOME' in os.environ)"
    assert processes.run(python(code), 10).stdout == b"b C False\n"


def test_nothing_is_read_from_the_terminal() -> None:
    assert Processes().run(["cat"], 10).end == "exited"


def test_a_timeout_kills_the_whole_group_and_keeps_what_came(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = """
import subprocess, sys, time
child = subprocess.Popen(['sleep', '60'])
open(sys.argv[1], 'w').write(str(child.pid))
print('begun', flush=True)
time.sleep(60)
"""
    began = time.monotonic()
    finished = Processes().run(python(code, str(pid_file)), 1.0)
    assert time.monotonic() - began < 4
    assert (finished.end, finished.exit_code) == ("timeout", -signal.SIGKILL)
    assert finished.stdout == b"begun\n"
    assert gone(int(pid_file.read_text()))


def test_a_child_that_keeps_the_streams_open_does_not_hold_us(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = """
import subprocess, sys
child = subprocess.Popen(['sleep', '60'])
open(sys.argv[1], 'w').write(str(child.pid))
print('done', flush=True)
"""
    began = time.monotonic()
    finished = Processes().run(python(code, str(pid_file)), 30)
    assert time.monotonic() - began < 5
    assert (finished.end, finished.exit_code, finished.stdout) == ("exited", 0, b"done\n")
    assert gone(int(pid_file.read_text()))


def test_a_program_that_closes_its_streams_and_stays_is_waited_for_in_bounds() -> None:
    code = "import os, time; os.close(1); os.close(2); time.sleep(60)"
    began = time.monotonic()
    assert Processes().run(python(code), 1.0).end == "timeout"
    assert time.monotonic() - began < 4


def test_an_end_by_a_signal_is_told() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGALRM)"
    assert Processes().run(python(code), 10).exit_code == -signal.SIGALRM


def test_close_ends_what_runs_at_once_and_starts_nothing_more() -> None:
    processes = Processes()
    ends: list[str] = []
    threads = [
        threading.Thread(target=lambda: ends.append(processes.run(["sleep", "60"], 60).end))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    processes.close()
    for thread in threads:
        thread.join(5)
    assert time.monotonic() - began < 2
    assert ends == ["closed"] * 3
    assert processes.run(["true"], 5).end == "closed"


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        Processes().run(["no-such-program-of-ours"], 5)
