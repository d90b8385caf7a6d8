"""Exec over WebSocket as a client sees it, with commands that really run."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.lab.api.clients import open_exec, read_all
from tests.lab.api.exec import CLOSE, ERROR, RESIZE, STDIN, STDOUT, V4, V5
from tests.lab.api.faults import Fault, FaultKind
from tests.lab.api.fixtures import Serve, serve, write_lists  # noqa: F401 - a fixture
from tests.lab.api.made_up import cluster
from tests.lab.api.places import ExecPlace, Runtime
from tests.lab.api.rbac import Rule, User, admin
from tests.lab.api.requests import Options
from tests.lab.api.server import ApiServer

POD = "demo/web-1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_lists(tmp_path / "kube", cluster())


@pytest.fixture
def server(serve: Serve, folder: Path) -> ApiServer:  # noqa: F811
    return serve(folder, resolver=lambda *_: ExecPlace())


def gone(pid: int) -> bool:
    """Has the process ended within some seconds? (One that only waits for init has.)"""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def first_line(socket: websocket.WebSocket) -> bytes:
    """The first line of stdout, with the connection left open."""
    line = b""
    while not line.endswith(b"\n"):
        line += socket.recv_data()[1][1:]
    return line


def refused(server: ApiServer, pod: str = POD, **how: Any) -> tuple[int, str]:
    """The code and message of a refusal before the upgrade."""
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        open_exec(server, pod, ("true",), **how)
    text = (caught.value.resp_body or b"").decode()
    return caught.value.status_code, json.loads(text)["message"] if text[0] == "{" else text


@pytest.mark.parametrize("protocol", [V4, V5])
def test_both_streams_and_the_exit_code(server: ApiServer, protocol: str) -> None:
    command = ("sh", "-c", "echo out; echo err >&2; exit 42")
    output = read_all(open_exec(server, POD, command, protocol=protocol))
    assert (output.stdout, output.stderr) == (b"out\n", b"err\n")
    assert output.status["reason"] == "NonZeroExitCode"
    assert output.status["message"] == "command terminated with exit code 42"
    assert output.status["details"]["causes"] == [{"reason": "ExitCode", "message": "42"}]
    assert read_all(open_exec(server, POD, ("true",))).status == {
        "metadata": {},
        "status": "Success",
    }


def test_arguments_arrive_as_they_are(server: ApiServer) -> None:
    words = ("a b", "$HOME", "", "'\"", "ü;&|\n", "*")
    output = read_all(open_exec(server, POD, ("printf", r"%s\0", *words)))
    assert output.stdout.decode().split("\0")[:-1] == list(words)


def test_a_killed_command_has_128_and_the_signal(server: ApiServer) -> None:
    output = read_all(open_exec(server, POD, ("sh", "-c", "kill -9 $$")))
    assert output.status["details"]["causes"][0]["message"] == "137"


def test_much_binary_output_arrives_whole(server: ApiServer) -> None:
    script = "head -c 20000000 /dev/urandom | tee /dev/stderr | sha256sum > $1; cat $1"
    seen = Path(str(server.store.folder)) / "sum"
    output = read_all(open_exec(server, POD, ("sh", "-c", script, "sh", str(seen))))
    expected = seen.read_text().split()[0]
    assert hashlib.sha256(output.stderr).hexdigest() == expected
    assert output.stdout.decode().split()[0] == expected
    assert output.status["status"] == "Success"


def test_a_slow_client_holds_the_command_back_and_loses_nothing(
    server: ApiServer, tmp_path: Path
) -> None:
    done = tmp_path / "done"
    script = 'head -c 60000000 /dev/zero; touch "$1"'
    socket = open_exec(server, POD, ("sh", "-c", script, "sh", str(done)))
    time.sleep(0.7)  # the command could write all of it many times over
    assert not done.exists()
    output = read_all(socket)
    assert len(output.stdout) == 60_000_000
    assert output.status["status"] == "Success"


def test_stdin_ends_with_v5s_close(server: ApiServer) -> None:
    socket = open_exec(server, POD, ("sha256sum",), stdin=True)
    sent = os.urandom(3_000_000)
    for at in range(0, len(sent), 100_000):
        socket.send_binary(bytes((STDIN,)) + sent[at : at + 100_000])
    socket.send_binary(bytes((CLOSE, STDIN)))
    assert read_all(socket).stdout.decode().split()[0] == hashlib.sha256(sent).hexdigest()


def test_stdin_of_v4_has_no_end_but_arrives(server: ApiServer) -> None:
    socket = open_exec(server, POD, ("head", "-n", "1"), stdin=True, protocol=V4)
    socket.send_binary(bytes((CLOSE, STDIN)))  # means nothing in v4
    socket.send_binary(bytes((STDIN,)) + b"one\ntwo\n")
    assert read_all(socket).stdout == b"one\n"


@pytest.mark.parametrize("how", ["close", "abort"])
def test_a_client_that_leaves_ends_the_whole_group(server: ApiServer, how: str) -> None:
    script = "sleep 60 & echo $$ $!; wait"
    socket = open_exec(server, POD, ("sh", "-c", script))
    line = first_line(socket)
    if how == "close":
        socket.close()
    else:
        assert socket.sock is not None
        socket.sock.close()
    assert all(gone(int(pid)) for pid in line.split())


def test_a_child_in_the_background_does_not_hold_the_answer(server: ApiServer) -> None:
    begun = time.monotonic()
    output = read_all(open_exec(server, POD, ("sh", "-c", "sleep 60 & echo $!")))
    assert output.status["status"] == "Success"
    assert time.monotonic() - begun < 10
    assert gone(int(output.stdout))


def test_stopping_the_server_ends_its_commands(server: ApiServer) -> None:
    socket = open_exec(server, POD, ("sh", "-c", "echo $$; exec sleep 60"))
    line = first_line(socket)
    server.stop()
    assert gone(int(line))


@pytest.mark.parametrize(
    ("runtime", "reason", "words", "stderr"),
    [
        (Runtime.CONTAINERD, "InternalError", 'exec: "ip": executable file not found in $PATH', ""),
        (Runtime.CRIO_RUNC, "NonZeroExitCode", "exit code 255", 'exec: "ip": executable file not'),
        (Runtime.CRIO_CRUN, "NonZeroExitCode", "exit code 127", "executable file `ip` not found"),
    ],
)
def test_an_image_without_the_program(
    serve: Serve,  # noqa: F811
    folder: Path,
    runtime: Runtime,
    reason: str,
    words: str,
    stderr: str,
) -> None:
    image = folder.parent / "image"
    image.mkdir()
    (image / "cat").symlink_to("/bin/cat")
    place = ExecPlace(env={"PATH": str(image)}, runtime=runtime)
    server = serve(folder, resolver=lambda *_: place)
    output = read_all(open_exec(server, POD, ("ip", "-j", "address")))
    assert output.status["reason"] == reason
    assert words in output.status["message"]
    assert output.stderr.decode().find(stderr) >= 0
    assert bool(output.stderr) == bool(stderr)
    assert read_all(open_exec(server, POD, ("cat", "/proc/self/comm"))).stdout == b"cat\n"


def test_the_environment_is_just_the_places(serve: Serve, folder: Path) -> None:  # noqa: F811
    place = ExecPlace(("/usr/bin/nice", "-n", "3"), {"PATH": "/usr/bin:/bin", "OVS_RUNDIR": "/x y"})
    server = serve(folder, resolver=lambda *_: place)
    assert read_all(open_exec(server, POD, ("env",))).stdout.decode().splitlines() == [
        "PATH=/usr/bin:/bin",
        "OVS_RUNDIR=/x y",
    ]
    assert read_all(open_exec(server, POD, ("nice",))).stdout.strip() != b"0"


def test_refusals_before_the_upgrade(server: ApiServer) -> None:
    assert refused(server, "demo/nopod") == (404, 'pods "nopod" not found')
    assert refused(server, POD, container="x") == (400, "container x is not valid for pod web-1")
    code, message = refused(server, "demo/two")
    assert (code, message) == (
        400,
        "a container name must be specified for pod two, choose one of: [main side]",
    )
    assert refused(server, "demo/stuck") == (400, 'container not found ("main")')
    code, message = refused(server, POD, protocol="channel.k8s.io")
    assert code == 400
    assert "unsupported subprotocols" in message


def test_pending_as_a_kubelet_says_it(serve: Serve, folder: Path) -> None:  # noqa: F811
    server = serve(folder, options=Options(pending_is_bad_request=False))
    assert refused(server, "demo/stuck", protocol=V4) == (500, 'container not found ("main")')
    output = read_all(open_exec(server, "demo/stuck", ("true",)))
    assert (output.status["reason"], output.status["code"]) == ("InternalError", 500)
    assert 'container not found ("main")' in output.status["message"]


@pytest.mark.parametrize(
    ("verbs", "needs_create", "missing"),
    [
        ({"get"}, False, None),
        ({"create"}, False, "get"),
        ({"get"}, True, "create"),
        ({"get", "create"}, True, None),
    ],
)
def test_rights_for_exec(
    serve: Serve,  # noqa: F811
    folder: Path,
    verbs: set[str],
    needs_create: bool,
    missing: str | None,
) -> None:
    rule = Rule(frozenset(verbs), frozenset({""}), frozenset({"pods/exec"}))
    server = serve(
        folder,
        resolver=lambda *_: ExecPlace(),
        users={"lab": admin(), "u": User("u", rules=(rule,))},
        options=Options(exec_needs_create=needs_create),
    )
    if missing is None:
        socket = open_exec(server, POD, ("true",), context="u")
        assert read_all(socket).status["status"] == "Success"
    else:
        assert refused(server, POD, context="u") == (
            403,
            f'pods "web-1" is forbidden: User "u" cannot {missing} resource "pods/exec" '
            'in API group "" in the namespace "demo"',
        )


def test_a_connection_that_breaks_in_the_middle(server: ApiServer) -> None:
    server.faults.add(Fault(FaultKind.BREAK, path="/exec", times=1, after_bytes=100_000))
    command = ("sh", "-c", "head -c 1000000 /dev/zero; sleep 60")
    output = read_all(open_exec(server, POD, command))
    assert len(output.stdout) == 100_000
    assert output.status is None
    assert read_all(open_exec(server, POD, ("echo", "fine"))).stdout == b"fine\n"


def test_the_first_frame_is_empty_and_the_last_is_the_status(server: ApiServer) -> None:
    socket = open_exec(server, POD, ("echo", "x"))
    frames = [socket.recv() for _ in range(3)]
    assert frames[:2] == [bytes((STDOUT,)), bytes((STDOUT,)) + b"x\n"]
    assert frames[2][0] == ERROR


def test_a_terminal_has_one_stream_a_size_and_signals(server: ApiServer) -> None:
    script = "test -t 2 && read x && stty size && echo err >&2 && exec sleep 60"
    socket = open_exec(server, POD, ("sh", "-c", script), stdin=True, tty=True)
    socket.send_binary(bytes((RESIZE,)) + b'{"Width":123,"Height":45}')
    socket.send_binary(bytes((STDIN,)) + b"\n")
    shown = b""
    while b"err" not in shown:
        shown += socket.recv_data()[1][1:]
    socket.send_binary(bytes((STDIN,)) + b"\x03")  # Ctrl-C
    output = read_all(socket)
    assert shown.split() == [b"45", b"123", b"err"]
    assert output.stderr == b""
    assert output.status["details"]["causes"][0]["message"] == "130"


def test_a_program_that_cannot_be_started(serve: Serve, folder: Path) -> None:  # noqa: F811
    (folder.parent / "broken").write_bytes(b"\x7fELF no program")
    (folder.parent / "broken").chmod(0o755)
    server = serve(folder, resolver=lambda *_: ExecPlace(env={"PATH": str(folder.parent)}))
    output = read_all(open_exec(server, POD, ("broken",)))
    assert output.status["reason"] == "InternalError"
    assert "Exec format error" in output.status["message"]
