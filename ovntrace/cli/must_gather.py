"""`/usr/bin/gather` of a must-gather image: a dump of the cluster that the pod runs in.

`oc adm must-gather --image=IMAGE` runs that program in a pod with a service account of its own,
waits for it, and copies /must-gather out (openshift/must-gather, README.md, "Writing your own"). It
must exit with 0 whatever happens: else nothing is copied.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from ovntrace import __version__

_FOLDER = "/must-gather"
_DUMP = "ovntrace-dump"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the dump, its log and `version` into the folder (OVNTRACE_GATHER_DIR, or
    /must-gather). `arguments` are further ones of `ovntrace dump`. Returns 0."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    folder = Path(os.environ.get("OVNTRACE_GATHER_DIR", _FOLDER))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "version").write_text(f"ovntrace\n{__version__}\n")
        with (folder / "ovntrace-gather.log").open("wb") as log:
            code = _collect([*words, "-o", str(folder / _DUMP)], log.fileno())
        _say(f"ovntrace dump ended with {code}" + (_MEANS.get(code, "") if code else ""))
    except OSError as error:
        _say(f"{error.filename or folder}: {error.strerror}")
    return 0


_MEANS = {3: ": it has gaps, which manifest.json and ovntrace-gather.log list"}


def _collect(words: Sequence[str], log: int) -> int:
    """Run `ovntrace dump`; what it says goes to the pod's log and to the file. Its exit code."""
    child = subprocess.Popen(
        [sys.executable, "-m", "ovntrace.cli", "dump", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )

    def hand_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    # The pod is stopped with SIGTERM when its time is over: what was read until then is kept.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, hand_on)
    assert child.stdout is not None
    for line in child.stdout:
        sys.stderr.buffer.write(line)
        sys.stderr.flush()
        os.write(log, line)
    return child.wait()


def _say(text: str) -> None:
    sys.stderr.write(f"gather: {text}\n")


def run() -> None:
    """The program."""
    sys.exit(main())
