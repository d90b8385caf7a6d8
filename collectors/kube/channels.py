"""The frames of an exec, by channel, and the exit code that the last of them tells.

Protocols v4.channel.k8s.io and v5.channel.k8s.io (kubernetes/apimachinery,
pkg/util/remotecommand/constants.go): each binary message begins with the channel's number.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

STDOUT = 1
STDERR = 2
ERROR = 3
SUBPROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")


@dataclass(frozen=True, slots=True)
class Ended:
    """How the command ended, as the error channel says. `exit_code` is None if the command was
    never run, or nobody knows; `message` is what the server said then."""

    exit_code: int | None
    message: str = ""


@dataclass(slots=True)
class Channels:
    """Takes frames as they come; each byte is copied once, when the streams are joined."""

    stdout: list[bytes] = field(default_factory=list)
    stderr: list[bytes] = field(default_factory=list)
    error: list[bytes] = field(default_factory=list)
    size: int = 0

    def take(self, frame: bytes) -> None:
        """A frame of one of the channels; others (v5's "closed", resize) carry nothing for us."""
        if len(frame) < 2:
            return  # servers open each channel with an empty frame
        channel = {STDOUT: self.stdout, STDERR: self.stderr, ERROR: self.error}.get(frame[0])
        if channel is not None:
            channel.append(frame[1:])
            self.size += len(frame)

    @property
    def began(self) -> bool:
        """True if something of the command has come."""
        return bool(self.stdout or self.stderr)

    def ended(self) -> Ended | None:
        """None if the error channel has said nothing (yet)."""
        return ended(b"".join(self.error)) if self.error else None


def ended(status: bytes) -> Ended:
    """What a Status object on the error channel means (remotecommand.NonZeroExitCodeReason)."""
    try:
        document = json.loads(status)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, Mapping):
        return Ended(None, " ".join(status[:2000].decode("utf-8", "replace").split()))
    if document.get("status") == "Success":
        return Ended(0)
    message = document.get("message")
    text = " ".join(message.split()) if isinstance(message, str) else ""
    return Ended(_exit_code(document), text or str(document.get("reason") or "unknown failure"))


def _exit_code(document: Mapping[str, object]) -> int | None:
    details = document.get("details")
    causes = details.get("causes") if isinstance(details, Mapping) else None
    for cause in causes if isinstance(causes, list) else ():
        if isinstance(cause, Mapping) and cause.get("reason") == "ExitCode":
            try:
                return int(str(cause.get("message")))
            except ValueError:
                return None
    return None
