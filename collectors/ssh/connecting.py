"""The way to a host: TCP, hosts on the way, its key against the known ones, our key."""

import contextlib
import logging
import socket
from typing import TYPE_CHECKING

from collectors.deadline import Deadline
from collectors.ssh.known_hosts import KnownHosts, fingerprint
from collectors.ssh.settings import Settings
from collectors.ssh.signing_keys import Keys, keys_for
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

if TYPE_CHECKING:
    import paramiko

# Without a handler of its own the package's tracebacks would go to stderr.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

# A host key's kind is not the name of its algorithm where that was RSA.
_ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}


class Route:
    """Connections through which a host is reached, the host's own last."""

    def __init__(self) -> None:
        self._transports: list[paramiko.Transport] = []

    @property
    def last(self) -> "paramiko.Transport":
        """The host's own."""
        return self._transports[-1]

    def close(self) -> None:
        """Break all of them, the farthest first."""
        for transport in reversed(self._transports):
            with contextlib.suppress(Exception):
                transport.close()

    def open(self, settings: Settings, deadline: Deadline) -> Failure | None:
        """Connect step by step. What it says begins with no host's name but for a jump's."""
        import paramiko

        for step in (*settings.jumps, settings):
            try:
                failure = self._step(step, deadline)
            except (OSError, EOFError, paramiko.SSHException, ValueError) as error:
                failure = _failure(error, step, deadline)
            if failure is not None:
                self.close()
                is_jump = step is not settings
                where = f"jump host {step.named}: " if is_jump else ""
                return Failure(failure.reason, f"{where}{failure.detail}", failure.hint)
        return None

    def _step(self, step: Settings, deadline: Deadline) -> Failure | None:
        import paramiko

        sock: socket.socket | paramiko.Channel
        if self._transports:
            target, source = (step.address, step.port), ("127.0.0.1", 0)
            sock = self.last.open_channel("direct-tcpip", target, source, timeout=deadline.left_s)
        else:
            sock = socket.create_connection((step.address, step.port), timeout=deadline.left_s)
        try:
            transport = paramiko.Transport(sock)
        except BaseException:
            sock.close()
            raise
        self._transports.append(transport)
        try:
            known = KnownHosts(step.known_hosts)
        except OSError as error:
            return Failure(Reason.DENIED, f"{error.filename} can't be read: {error.strerror}")
        _prefer(transport, known.kinds(step.host_key_names))
        for limit in ("banner_timeout", "handshake_timeout", "auth_timeout"):
            setattr(transport, limit, deadline.left_s)
        transport.start_client(timeout=deadline.left_s)
        refusal = _verify(transport, step, known)
        if refusal is not None:
            return refusal
        with keys_for(step) as keys:
            return _log_in(transport, step, keys, deadline)


def _prefer(transport: "paramiko.Transport", kinds: tuple[str, ...]) -> None:
    """Ask for a host key of a kind that is known: the server has several."""
    options = transport.get_security_options()
    wanted = [name for kind in kinds for name in _ALGORITHMS.get(kind, (kind,))]
    offered = tuple(options.key_types)
    first = [name for name in wanted if name in offered]
    options.key_types = (*first, *(name for name in offered if name not in first))


def _verify(transport: "paramiko.Transport", step: Settings, known: KnownHosts) -> Failure | None:
    key = transport.get_remote_server_key()
    blob = key.asbytes()
    found = known.judge(step.host_key_names, key.get_name(), blob)
    own = f"{key.get_name()} {fingerprint(blob)}"
    name = step.host_key_names[0]
    if found.standing == "known":
        return None
    if found.standing == "changed":
        return Failure(
            Reason.DENIED,
            f"its host key is not the known one: it has {own}, {found.place} says another",
            f"ssh-keygen -R '{name}' if it was replaced on purpose; else somebody is in between",
        )
    if found.standing == "revoked":
        return Failure(Reason.DENIED, f"its host key is revoked ({found.place}): {own}")
    if step.accepts_unknown:
        return None
    return Failure(
        Reason.DENIED,
        f"its host key is not known: {own}",
        f"compare it, and connect once with ssh; looked for {name} in {_files(known)}",
    )


def _files(known: KnownHosts) -> str:
    return known.files[0] if known.files else "no file"


def _log_in(
    transport: "paramiko.Transport", step: Settings, keys: Keys, deadline: Deadline
) -> Failure | None:
    import paramiko

    tried: list[str] = []
    for label, key in keys.usable:
        if deadline.passed:
            return Failure(Reason.TIMEOUT, f"not logged in within {deadline.total_s:g} s")
        tried.append(label)
        transport.auth_timeout = deadline.left_s
        try:
            further = transport.auth_publickey(step.user, key)
        except paramiko.BadAuthenticationType as error:
            ways = ", ".join(error.allowed_types)
            return Failure(Reason.DENIED, f"it takes no keys of {step.user}, only: {ways}")
        except (paramiko.SSHException, OSError, EOFError, ValueError):
            if transport.is_active():
                continue
            return Failure(
                Reason.DENIED,
                f"it closed the connection after {len(tried)} keys of {step.user} were refused",
                "name one with IdentityFile, and IdentitiesOnly yes",
            )
        if not further:
            return None
        more = ", ".join(further)
        return Failure(Reason.DENIED, f"a key is not enough for {step.user}, it also wants {more}")
    return _refused(step, tried, keys)


def _refused(step: Settings, tried: list[str], keys: Keys) -> Failure:
    counted = [
        label if tried.count(label) == 1 else f"{tried.count(label)} keys of the agent"
        for label in dict.fromkeys(tried)
    ]
    if tried:
        detail = f"no key of {step.user} was accepted: {', '.join((*counted, *keys.troubles))}"
    else:
        detail = f"there is no key for {step.user}: " + (
            ", ".join(keys.troubles) or "no agent, and none of the usual files"
        )
    hint = f"ssh-add {keys.encrypted}, for an agent to have it" if keys.encrypted else ""
    return Failure(Reason.DENIED, detail, hint)


def _failure(error: Exception, step: Settings, deadline: Deadline) -> Failure:
    import paramiko

    if isinstance(error, socket.gaierror):
        return Failure(Reason.UNREACHABLE, f"no address of {step.address}: {error.strerror}")
    if isinstance(error, TimeoutError) or deadline.passed:
        said = f"no answer from {step.server} within {deadline.total_s:g} s"
        return Failure(Reason.TIMEOUT, said)
    if isinstance(error, paramiko.ChannelException):
        return Failure(Reason.UNREACHABLE, f"{step.server} is not reached from the host before it")
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    said = " ".join(text.split())[:200] or "the connection was closed"
    if "protocol banner" in said:
        said = "no SSH server answers there"
    return Failure(Reason.UNREACHABLE, f"{step.server}: {said[0].lower()}{said[1:]}")
