"""Exec by WebSocket, against a server that really runs the commands."""

import hashlib
import random
import threading
import time
from pathlib import Path

import pytest

from collectors.deadline import Deadline
from collectors.kube.execution import Container, Executor, Outcome
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason
from tests.collectors.kube.clusters import access, execs, folder, interconnect
from tests.lab.api.faults import Fault, FaultKind
from tests.lab.api.fixtures import Serve
from tests.lab.api.places import ExecPlace, Runtime
from tests.lab.api.rbac import Rule, User, admin
from tests.lab.api.requests import Options
from tests.lab.api.server import ApiServer

WEB = Container("demo", "web", "main")


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> ApiServer:
    return serve(folder(tmp_path, interconnect()), resolver=lambda *_: ExecPlace())


@pytest.fixture
def executor(server: ApiServer, tmp_path: Path) -> Executor:
    return Executor(access(server, tmp_path))


def run(executor: Executor, *argv: str, timeout_s: float = 20, at: Container = WEB) -> Outcome:
    result = executor.run(at, argv, Deadline.after(timeout_s))
    assert isinstance(result, Outcome), result
    return result


def fail(executor: Executor, *argv: str, timeout_s: float = 20, at: Container = WEB) -> Failure:
    result = executor.run(at, argv or ("true",), Deadline.after(timeout_s))
    assert isinstance(result, Failure), result
    assert "\n" not in result.detail
    return result


def test_both_streams_and_the_exit_code(executor: Executor) -> None:
    outcome = run(executor, "sh", "-c", "printf 'a\\377\\0b'; echo err >&2; exit 42")
    assert (outcome.stdout, outcome.stderr, outcome.exit_code) == (b"a\xff\x00b", "err\n", 42)
    assert run(executor, "true").exit_code == 0


def test_arguments_arrive_as_they_are(executor: Executor) -> None:
    words = ["a b", "", "$(id)", "ü%2F&?#+", "--", "-n", "\n"]
    outcome = run(executor, "python3", "-c", "import sys; print(sys.argv[1:])", *words)
    assert outcome.stdout.decode() == f"{words!r}\n"


def test_much_output_on_both_streams_at_once(executor: Executor) -> None:
    code = (
        "import os, threading\n"
        "def fill(fd):\n"
        "    for _ in range(200): os.write(fd, b'%d' % fd * 10000)\n"
        "ts = [threading.Thread(target=fill, args=(fd,)) for fd in (1, 2)]\n"
        "[t.start() for t in ts]; [t.join() for t in ts]\n"
    )
    outcome = run(executor, "python3", "-c", code)
    assert outcome.stdout == b"1" * 2_000_000
    assert len(outcome.stderr) == 65536  # its end is what is looked at


def test_45_megabytes_of_any_bytes_come_whole(executor: Executor, tmp_path: Path) -> None:
    data = random.Random(5).randbytes(45_000_000)
    (tmp_path / "big").write_bytes(data)
    outcome = run(executor, "cat", str(tmp_path / "big"), timeout_s=60)
    assert hashlib.sha256(outcome.stdout).digest() == hashlib.sha256(data).digest()


def test_a_limit_for_the_whole_also_while_output_flows(executor: Executor) -> None:
    began = time.monotonic()
    failure = fail(executor, "sh", "-c", "while sleep 0.1; do echo x; done", timeout_s=1)
    assert time.monotonic() - began < 4
    assert (failure.reason, failure.detail) == (Reason.TIMEOUT, "sh had no answer within 1 s")


def test_close_from_another_thread_ends_it_at_once(executor: Executor) -> None:
    results: list[Outcome | Failure] = []
    thread = threading.Thread(
        target=lambda: results.append(executor.run(WEB, ("sleep", "60"), Deadline.after(60)))
    )
    thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    executor.close()
    thread.join(5)
    assert time.monotonic() - began < 2
    assert isinstance(results[0], Failure)
    assert results[0].detail == "stopped"
    assert fail(executor, "true").detail == "stopped"


def test_several_at_once(executor: Executor) -> None:
    results: dict[int, bytes] = {}

    def one(number: int) -> None:
        results[number] = run(executor, "echo", str(number)).stdout

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == {number: f"{number}\n".encode() for number in range(8)}


@pytest.mark.parametrize("runtime", list(Runtime))
def test_a_program_that_is_not_in_the_image(
    serve: Serve,
    tmp_path: Path,
    runtime: Runtime,
) -> None:
    server = serve(folder(tmp_path, interconnect()), resolver=lambda *_: ExecPlace(runtime=runtime))
    outcome = run(Executor(access(server, tmp_path)), "no-such-program")
    said = outcome.stderr + outcome.message
    assert outcome.exit_code != 0
    assert "no-such-program" in said


def test_a_pod_and_a_container_that_are_not_there(executor: Executor) -> None:
    gone = fail(executor, at=Container("demo", "gone", "main"))
    assert (gone.reason, gone.detail) == (Reason.ABSENT, 'pods "gone" not found')
    other = fail(executor, at=Container("demo", "web", "side"))
    assert other.reason is Reason.UNREACHABLE
    assert "container side is not valid for pod web" in other.detail


@pytest.mark.parametrize(("create", "verb"), [(False, "get"), (True, "create")])
def test_a_refusal_names_verb_resource_and_namespace(
    serve: Serve,
    tmp_path: Path,
    create: bool,
    verb: str,
) -> None:
    may = frozenset({"get"}) if create else frozenset({"list"})
    rules = (Rule(may, frozenset({""}), frozenset({"pods", "pods/exec"})),)
    server = serve(
        folder(tmp_path, interconnect()),
        resolver=lambda *_: ExecPlace(),
        users={"weak": User("jane", rules=rules)},
        options=Options(exec_needs_create=create),
    )
    failure = fail(Executor(access(server, tmp_path)))
    assert failure.reason is Reason.DENIED
    assert failure.detail == f"not allowed to {verb} pods/exec in namespace demo (as jane)"
    assert f"kubectl auth can-i {verb} pods/exec -n demo" in failure.hint
    assert len(execs(server, 1)) == 1


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(server: ApiServer, executor: Executor, code: int) -> None:
    server.faults.add(Fault(FaultKind.STATUS, "/exec", times=2, code=code))
    assert run(executor, "echo", "x").stdout == b"x\n"
    assert len(execs(server, 3)) == 3


def test_a_reset_before_anything_came_is_tried_again(server: ApiServer, executor: Executor) -> None:
    server.faults.add(Fault(FaultKind.RESET, "/exec", times=1))
    assert run(executor, "echo", "x").stdout == b"x\n"
    server.faults.add(Fault(FaultKind.BREAK, "/exec", times=1, after_bytes=0))
    assert run(executor, "echo", "y").stdout == b"y\n"


def test_what_does_not_pass_is_said_in_time(server: ApiServer, executor: Executor) -> None:
    server.faults.add(Fault(FaultKind.STATUS, "/exec", code=503, message="no endpoints"))
    began = time.monotonic()
    failure = fail(executor, timeout_s=2)
    assert time.monotonic() - began < 4
    assert failure.reason is Reason.UNREACHABLE
    assert "503: no endpoints" in failure.detail


def test_a_redirection_is_no_success(server: ApiServer, executor: Executor) -> None:
    server.faults.add(Fault(FaultKind.STATUS, "/exec", code=302))
    failure = fail(executor)
    assert failure.reason is Reason.UNREACHABLE
    assert "302" in failure.detail or "Redirect" in failure.detail


def test_a_break_in_the_middle_is_truncated(server: ApiServer, executor: Executor) -> None:
    server.faults.add(Fault(FaultKind.BREAK, "/exec", after_bytes=100_000))
    failure = fail(executor, "head", "-c", "5000000", "/dev/zero")
    assert failure.reason is Reason.TRUNCATED
    assert len(execs(server, 1)) == 1


def test_a_slow_server_is_not_waited_for_for_ever(server: ApiServer, executor: Executor) -> None:
    server.faults.add(Fault(FaultKind.SLOW, "/exec", seconds=30))
    began = time.monotonic()
    assert fail(executor, timeout_s=1).reason is Reason.TIMEOUT
    assert time.monotonic() - began < 4


def test_credentials_that_are_not_accepted(
    serve: Serve,
    tmp_path: Path,
) -> None:
    lists = folder(tmp_path, interconnect())
    server = serve(lists, resolver=lambda *_: ExecPlace())
    way = access(server, tmp_path)
    server.users = {"other": admin()}
    failure = fail(Executor(way))
    assert failure.reason is Reason.DENIED
    assert "(401): wrong or expired" in failure.detail


def test_a_server_that_is_gone(server: ApiServer, executor: Executor) -> None:
    server.stop()
    failure = fail(executor, timeout_s=5)
    assert failure.reason is Reason.UNREACHABLE
    assert "refused" in failure.detail
