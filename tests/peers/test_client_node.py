"""npm's @kubernetes/client-node against the stand-in API server."""

import hashlib

import pytest

from tests.peers.conftest import Client

pytestmark = pytest.mark.peers


def test_list(npm_client: Client) -> None:
    ran = npm_client("list")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.decode().split() == [
        "demo/stuck",
        "demo/two",
        "demo/web-1",
        "demo/web-2",
        "other/web-1",
    ]


def test_exec_keeps_streams_and_exit_code(npm_client: Client) -> None:
    script = "echo out; echo err >&2; exit 7"
    ran = npm_client("exec", "demo", "web-1", "sh", "-c", script)
    assert (ran.code, ran.stdout, ran.stderr) == (7, b"out\n", "err\n")
    ran = npm_client("exec", "demo", "web-1", "true")
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"", "")


def test_exec_with_stdin(npm_client: Client) -> None:
    sent = bytes(range(256)) * 4000
    ran = npm_client("exec-stdin", "demo", "web-1", "sha256sum", stdin=sent)
    assert ran.code == 0
    assert ran.stdout.decode().split()[0] == hashlib.sha256(sent).hexdigest()


def test_exec_of_50_mb(npm_client: Client) -> None:
    # The same bytes as `yes | head`, made here.
    ran = npm_client("exec", "demo", "web-1", "sh", "-c", r"yes 'é\0ÿ' | head -c 50000000")
    line = r"é\0ÿ".encode() + b"\n"
    expected = (line * (50_000_000 // len(line) + 1))[:50_000_000]
    assert (ran.code, len(ran.stdout)) == (0, 50_000_000)
    assert hashlib.sha256(ran.stdout).digest() == hashlib.sha256(expected).digest()


def test_exec_of_a_program_that_the_image_lacks(npm_client: Client) -> None:
    ran = npm_client("exec", "demo", "web-1", "nosuchprogram")
    assert ran.code == 99
    assert (
        "InternalError: Internal error occurred: error executing command in container" in ran.stderr
    )
    assert 'exec: "nosuchprogram": executable file not found in $PATH' in ran.stderr


def test_exec_into_a_pod_that_is_not_there(npm_client: Client) -> None:
    ran = npm_client("exec", "demo", "nopod", "true")
    assert ran.code == 99
    assert "404" in ran.stderr
