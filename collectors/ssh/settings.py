"""How a host is reached: what was asked for, and what the files of ssh_config(5) say of it."""

import getpass
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors.ssh.includes import expanded, text_of
from collectors.ssh.known_hosts import names_of
from ovntrace.errors import WrongQuestionError

_DEFAULT_FILES = ("~/.ssh/config", "/etc/ssh/ssh_config")
_DEFAULT_KEYS = ("~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ed25519")
_DEFAULT_KNOWN = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
_GLOBAL_KNOWN = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_CONNECT_S = 15.0
_ALIVE_S, _ALIVE_COUNT = 5.0, 3
_MOST_JUMPS = 8
_WORD = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@\s/]+)@)?"
    r"(?:(?P<bare>[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:%[\w-]+)?)"
    r"|(?:\[(?P<six>[0-9A-Fa-f:.]+(?:%[\w-]+)?)\]|(?P<host>[A-Za-z0-9_][\w.-]*))"
    r"(?::(?P<port>[0-9]{1,5}))?)/?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """One host. `named` is what the person wrote; `jumps` are the hosts on the way, first one
    first. `agent` is the socket of an agent, empty for none."""

    named: str
    address: str
    port: int
    user: str
    identity_files: tuple[str, ...]
    identities_only: bool
    agent: str
    known_hosts: tuple[str, ...]
    host_key_names: tuple[str, ...]
    accepts_unknown: bool
    connect_timeout_s: float
    alive_s: float
    alive_count: int
    jumps: tuple["Settings", ...] = ()

    @property
    def server(self) -> str:
        """Address and port, for messages."""
        return self.address if self.port == 22 else f"{self.address} port {self.port}"


class SshConfig:
    """The files, read once. `file` stands for the person's and the system's, as `ssh -F` has it."""

    def __init__(self, file: Path | None) -> None:
        """Raises WrongQuestionError for what can't be read."""
        import paramiko

        files = [file] if file is not None else [Path(expanded(name)) for name in _DEFAULT_FILES]
        self._place = str(file) if file is not None else _DEFAULT_FILES[0]
        try:
            text = "\n".join(text_of(one) for one in files if file is not None or one.is_file())
            self._config = paramiko.SSHConfig.from_text(text)
        except (OSError, ValueError, paramiko.SSHException) as error:
            raise WrongQuestionError(
                f"the SSH configuration can't be read: {_said(error)}", place=self._place
            ) from None

    def settings(self, word: str) -> Settings:
        """Of `[USER@]HOST`. Raises WrongQuestionError for what is no host, and for what the files
        ask and can't be done."""
        return self._settings(word, 0)

    def _settings(self, word: str, depth: int, *, jump: bool = False) -> Settings:
        found = _WORD.fullmatch(word)
        if found is None or (found.group("user") or "").startswith("-"):
            raise WrongQuestionError(
                f"no host: {word!r}", hint="--ssh takes [USER@]HOST[:PORT]; ssh_config has the rest"
            )
        host = found.group("bare") or found.group("six") or found.group("host")
        values = self._lookup(host)
        if "proxycommand" in values and str(values["proxycommand"]).lower() != "none":
            raise WrongQuestionError(
                f"ProxyCommand, as for {word}, is not supported",
                place=self._place,
                hint="ProxyJump",
            )
        port = found.group("port")
        number = self._number({"port": port} if port else values, "port", 22)
        alias = str(values.get("hostkeyalias", "")).lower()
        address = str(values.get("hostname", host))
        keys, known = _identity_files(values), _words(values, "userknownhostsfile", _DEFAULT_KNOWN)
        globally = _words(values, "globalknownhostsfile", _GLOBAL_KNOWN)
        strict = str(values.get("stricthostkeychecking", "ask")).lower()
        return Settings(
            named=word,
            address=address,
            port=number,
            user=found.group("user") or str(values.get("user", "")) or _own_name(),
            identity_files=keys or tuple(map(expanded, _DEFAULT_KEYS)),
            identities_only=str(values.get("identitiesonly", "no")).lower() == "yes",
            agent=_agent(values),
            known_hosts=(*known, *globally),
            host_key_names=(alias,) if alias else names_of(address, number),
            accepts_unknown=strict in ("no", "off", "accept-new"),
            connect_timeout_s=float(self._number(values, "connecttimeout", 0)) or _CONNECT_S,
            alive_s=float(self._number(values, "serveraliveinterval", 0)) or _ALIVE_S,
            alive_count=self._number(values, "serveralivecountmax", 0) or _ALIVE_COUNT,
            jumps=() if jump and depth < 0 else self._jumps(values, word, depth),
        )

    def _jumps(self, values: Mapping[str, Any], word: str, depth: int) -> tuple[Settings, ...]:
        """The way there: the first host's own way, it, and the others."""
        asked = str(values.get("proxyjump", "none"))
        if asked.lower() == "none":
            return ()
        if depth >= _MOST_JUMPS:
            raise WrongQuestionError(
                f"ProxyJump of {word} leads round in a circle", place=self._place
            )
        first, *others = [one.strip() for one in asked.split(",")]
        start = self._settings(first, depth + 1, jump=True)
        # What is behind a jump is reached through it, whatever its own ProxyJump says.
        rest = [self._settings(one, -1, jump=True) for one in others]
        return (*start.jumps, start, *rest)

    def _lookup(self, host: str) -> Mapping[str, Any]:
        import paramiko

        try:
            found: Mapping[str, Any] = self._config.lookup(host)
        except ImportError:
            raise WrongQuestionError("Match exec is not supported", place=self._place) from None
        except (ValueError, KeyError, OSError, paramiko.SSHException) as error:
            raise WrongQuestionError(_said(error), place=self._place) from None
        return found

    def _number(self, values: Mapping[str, Any], key: str, default: int) -> int:
        text = str(values.get(key, default))
        most = 65535 if key == "port" else 86400
        if not text.isdecimal() or int(text) > most or (key == "port" and int(text) == 0):
            raise WrongQuestionError(f"{key} is no number for it: {text!r}", place=self._place)
        return int(text)


def _identity_files(values: Mapping[str, Any]) -> tuple[str, ...]:
    named = values.get("identityfile", ())
    return tuple(expanded(str(name).strip('"')) for name in named if str(name).lower() != "none")


def _words(values: Mapping[str, Any], key: str, default: Sequence[str]) -> tuple[str, ...]:
    text = values.get(key)
    words = default if text is None else shlex.split(str(text))
    return tuple(expanded(word) for word in words if word.lower() != "none")


def _agent(values: Mapping[str, Any]) -> str:
    own = os.environ.get("SSH_AUTH_SOCK", "")
    asked = str(values.get("identityagent", "SSH_AUTH_SOCK")).strip('"')
    if asked.lower() == "none":
        return ""
    if asked == "SSH_AUTH_SOCK":
        return own
    if asked.startswith("$"):
        return os.environ.get(asked[1:].strip("{}"), "")
    return expanded(asked)


def _own_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "root"


def _said(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:300] or type(error).__name__
