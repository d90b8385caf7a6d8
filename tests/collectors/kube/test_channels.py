"""Frames by channel, and exit codes from the error channel."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.kube.channels import ERROR, STDERR, STDOUT, Channels, Ended, ended


def failure(code: object, **more: Any) -> bytes:
    causes = [{"reason": "ExitCode", "message": code}]
    return json.dumps({"status": "Failure", "details": {"causes": causes}, **more}).encode()


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (b'{"metadata":{},"status":"Success"}', Ended(0)),
        (failure("42", message="exit code\n42"), Ended(42, "exit code 42")),
        (failure("x", reason="NonZeroExitCode"), Ended(None, "NonZeroExitCode")),
        (b'{"status":"Failure","message":"no such container"}', Ended(None, "no such container")),
        (b'{"status":"Failure"}', Ended(None, "unknown failure")),
        (b"plain\ntext", Ended(None, "plain text")),
        (b"[1]", Ended(None, "[1]")),
        (b'{"status":"Failure","details":{"causes":3}}', Ended(None, "unknown failure")),
    ],
)
def test_how_a_command_ended(status: bytes, end: Ended) -> None:
    assert ended(status) == end


@given(st.binary(max_size=200))
def test_any_bytes_are_some_end(status: bytes) -> None:
    assert isinstance(ended(status), Ended)


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 255]), st.binary(max_size=9))))
def test_each_channel_gets_its_bytes_in_order(frames: list[tuple[int, bytes]]) -> None:
    channels = Channels()
    for channel, data in frames:
        channels.take(bytes([channel]) + data)
    channels.take(b"")

    def of(channel: int) -> bytes:
        return b"".join(data for number, data in frames if number == channel)

    assert b"".join(channels.stdout) == of(STDOUT)
    assert b"".join(channels.stderr) == of(STDERR)
    assert b"".join(channels.error) == of(ERROR)
    assert (channels.ended() is None) == (not of(ERROR))
