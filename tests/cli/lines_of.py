"""A program whose lines are read as they come, each within a time."""

import json
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jsonschema

from tests.cli.program import REPOSITORY, environment

SCHEMAS = {
    name: json.loads((REPOSITORY / f"docs/schema/{name}.json").read_text())
    for name in ("follow", "explain", "trace")
}


class Lines:
    """A program's stdout, line by line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._held = b""

    def next(self, limit_s: float = 5) -> str:
        """The next line; fails the test if none comes."""
        assert self.process.stdout is not None
        deadline = time.monotonic() + limit_s
        while b"\n" not in self._held:
            left = deadline - time.monotonic()
            assert left > 0, f"no line within {limit_s} s, only {self._held!r}"
            if select.select([self.process.stdout], [], [], left)[0]:
                data = self.process.stdout.read1(65536)  # type: ignore[attr-defined]
                assert data, (self._held, self.process.wait(5), self.process.stderr)
                self._held += data
        line, _, self._held = self._held.partition(b"\n")
        return line.decode()

    def told(self, limit_s: float = 5) -> str:
        """The next line without its time."""
        line = self.next(limit_s)
        assert line[8] == "Z", line
        return line[11:]

    def event(self, limit_s: float = 5) -> dict[str, Any]:
        """The next line as JSON, which the schema has."""
        line = self.next(limit_s)
        assert line.isascii()
        found: dict[str, Any] = json.loads(line)
        jsonschema.Draft202012Validator(SCHEMAS["follow"]).validate(found)
        answer = found["answer"]
        assert (answer is not None) == (found["event"] in ("start", "change", "flip", "back"))
        if answer is not None:
            jsonschema.Draft202012Validator(SCHEMAS[answer["kind"]]).validate(answer)
        return found

    def end(self, limit_s: float = 5) -> tuple[int, str, str]:
        """Exit code, the rest of stdout, stderr."""
        out, err = self.process.communicate(timeout=limit_s)
        return self.process.returncode, (self._held + out).decode(), err.decode()


@contextmanager
def started(command: Sequence[str], env: Mapping[str, str] | None = None) -> Iterator[Lines]:
    """The program, which is killed at the end."""
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=environment() if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield Lines(process)
    finally:
        process.kill()
        process.communicate()
