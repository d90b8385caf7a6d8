"""How a capture was collected, as the manifest tells it: shown to a person who may paste it.

A manifest is what a stranger sent. A command of it is taken only if it is, word by word, what the
live way in would print; anything else would be a command of the stranger's for us to paste.
"""

import shlex

from ovntrace.model.capture import Capture

_EXEC = ("kubectl", "exec", "-n", None, None, "-c", None, "--")  # None: a name


def told_origin(noted: Capture, path: str) -> str:
    """The command of the live collection if it is one, else the file."""
    command = shlex.join(noted.argv)
    prefix = noted.origin.removesuffix(command)
    if not command or prefix == noted.origin or not _is_prefix(prefix):
        return path
    return noted.origin


def _is_prefix(prefix: str) -> bool:
    if not prefix:
        return True
    try:
        words = shlex.split(prefix)
    except ValueError:
        return False
    if len(words) != len(_EXEC) or f"{shlex.join(words)} " != prefix:
        return False
    pairs = zip(words, _EXEC, strict=True)
    # A name that begins with a dash would be an option of kubectl's.
    return all(word == wanted if wanted else word[:1] not in ("", "-") for word, wanted in pairs)
