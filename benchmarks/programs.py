"""Programs run as a user runs them: with their byte code cached, output thrown away."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

PYTHON = sys.executable
OVNTRACE = str(Path(sys.executable).with_name("ovntrace"))
EXAMPLE = Path(__file__).parents[1] / "examples" / "llm-demo.tar.gz"
_TIMEOUT_S = 60.0


@contextmanager
def cached_byte_code() -> Iterator[dict[str, str]]:
    """An environment in which Python keeps byte code, in a folder of this run.

    An installed package has it. Where the variable PYTHONDONTWRITEBYTECODE is set and the package
    is installed in editable mode, all of it would be compiled at every start instead.
    """
    with TemporaryDirectory(prefix="ovntrace-bench.") as folder:
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        yield {**env, "PYTHONPYCACHEPREFIX": folder}


def running(
    argv: Sequence[str], env: Mapping[str, str], exit_codes: Sequence[int] = (0,)
) -> Callable[[], None]:
    """A function that runs `argv`; RuntimeError if it ends otherwise than it should."""

    def run() -> None:
        done = subprocess.run(
            argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_TIMEOUT_S,
        )
        if done.returncode not in exit_codes:
            said = done.stderr.decode(errors="replace").strip()[-500:]
            raise RuntimeError(f"{' '.join(argv)}: exit code {done.returncode}: {said}")

    return run
