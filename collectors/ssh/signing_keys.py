"""Keys with which one may log in: those of an agent, and those of files."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.ssh.settings import Settings

if TYPE_CHECKING:
    import paramiko

# An agent may ask a person before it signs.
_AGENT_S = 10.0


@dataclass
class Keys:
    """What there is, and what there was but could not be used (`troubles`, for the message)."""

    usable: "list[tuple[str, paramiko.PKey]]" = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    encrypted: str = ""  # a file that an agent could have opened


@contextlib.contextmanager
def keys_for(settings: Settings) -> Iterator[Keys]:
    """In the order in which ssh tries them: the agent's that are also named by files, its others,
    and the files'. With IdentitiesOnly, none of the agent's but those that are named."""
    keys = Keys()
    with contextlib.ExitStack() as stack:
        from_agent = _of_agent(settings.agent, keys, stack) if settings.agent else []
        named = {blob for file in settings.identity_files if (blob := _public_blob(file))}
        first = [key for key in from_agent if key.asbytes() in named]
        others = [key for key in from_agent if key.asbytes() not in named]
        if settings.identities_only:
            others = []
        keys.usable += [("a key of the agent", key) for key in (*first, *others)]
        offered = {key.asbytes() for _, key in keys.usable}
        for file in settings.identity_files:
            if _public_blob(file) not in offered:
                _read_file(file, keys)
        yield keys


def _of_agent(path: str, keys: Keys, stack: contextlib.ExitStack) -> "list[paramiko.PKey]":
    from paramiko import SSHException
    from paramiko.agent import AgentSSH

    class Agent(AgentSSH):
        """One that is asked with a time limit: paramiko's own waits for ever."""

        def __init__(self, connection: socket.socket) -> None:
            super().__init__()
            self._connect(connection)  # type: ignore[attr-defined] # not in the package's stubs

    connection = socket.socket(socket.AF_UNIX)
    stack.callback(connection.close)
    connection.settimeout(_AGENT_S)
    try:
        connection.connect(path)
        return list(Agent(connection).get_keys())
    except (OSError, SSHException, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        keys.troubles.append(f"the agent at {path} does not answer ({said})")
        return []


def _read_file(file: str, keys: Keys) -> None:
    import paramiko

    try:
        key = paramiko.PKey.from_path(file)
    except FileNotFoundError:
        return
    except OSError as error:
        keys.troubles.append(f"{file} can't be read ({error.strerror})")
    except TypeError:  # so the library says that it wants a passphrase
        keys.troubles.append(f"{file} is encrypted")
        keys.encrypted = keys.encrypted or file
    except Exception:  # whatever is in that file, another key may do
        keys.troubles.append(f"{file} is no key that can be used")
    else:
        keys.usable.append((file, key))


def _public_blob(file: str) -> bytes | None:
    """Of FILE.pub, which tells the key that an agent has."""
    import base64

    with contextlib.suppress(OSError, ValueError):
        words = Path(f"{file}.pub").read_text(encoding="utf-8").split()
        if len(words) > 1:
            return base64.b64decode(words[1], validate=True)
    return None
