"""`ovntrace match`: one expression, a packet, many lines, names of a dump."""

import json
import os
import resource
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ovntrace.cli.linereader import LONGEST, lines_of
from tests.captured import FOLDER, NAMES
from tests.cli.program import REPOSITORY, environment, real, run

SCHEMA = json.loads((REPOSITORY / "docs/schema/match.json").read_text())
TWO_NODES = str(FOLDER / f"{NAMES[-1]}.tar.gz")
SWITCH = "localnet.cnv_ovn_localnet_switch"


def match(*words: str) -> subprocess.CompletedProcess[str]:
    return run(real("match", *words))


def ask_lines(data: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        real("match", "-", *words),
        cwd=REPOSITORY,
        env=environment(),
        input=data,
        capture_output=True,
        timeout=60,
        check=False,
    )


def documents(text: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines()]
    for one in found:
        jsonschema.Draft202012Validator(SCHEMA).validate(one)
    return found


# --- one expression -------------------------------------------------------------------------------


def test_an_expression_is_printed_back() -> None:
    done = match("ip4.src == {10.0.0.1, 10.0.0.2} && tcp")
    assert done.stdout == "(ip4.src == 0xa000001 || ip4.src == 0xa000002) && tcp\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_an_error_has_a_caret_under_its_place() -> None:
    done = match("tcp.dst == 80 && udp || ip6")
    assert (done.returncode, done.stdout) == (2, "")
    message, text, carets = done.stderr.splitlines()
    assert message == "ovntrace: column 22: && and || must be parenthesized when used together."
    assert text[carets.index("^") : len(carets)] == "||"


def test_what_moves_a_terminal_is_shown_and_the_caret_stays_below_its_place() -> None:
    done = match('outport == "a\x1b[2J" && ip4 &&\ntcp.dst == x')
    _, text, carets = done.stderr.splitlines()
    assert "\x1b" not in done.stderr
    assert text[carets.index("^") : len(carets)] == "x"


def test_an_error_under_json_is_an_object_with_its_place() -> None:
    done = match("ip4 && (", "-o", "json")
    [document] = documents(done.stdout)
    assert done.returncode == 2
    assert (document["error"]["column"], document["error"]["start"]) == (9, 8)


@pytest.mark.parametrize(
    ("expr", "packet", "answer"),
    [
        ("ip4 && tcp.dst == 80", "ip4 && tcp.dst == 80", "1 ip4; tcp.dst == 0x50"),
        ("ip4 && tcp.dst == 81", "ip4 && tcp.dst == 80", "0 tcp.dst == 0x51"),
        ("tcp.dst == 81 || ip6", "ip4 && udp", "0 tcp.dst == 0x51 (not tcp); ip6"),
        ("ip4.src == $x", "ip4", "unknown ip4.src == $x (not known: $x)"),
        ("ip4.src == $x && tcp", "ip4 && udp", "0 tcp"),
        ("tcp.src == 0", "ip4 && tcp.dst == 80", "1 tcp.src == 0"),
        ('inport == ""', "ip4", '1 inport == ""'),
    ],
)
def test_a_packet(expr: str, packet: str, answer: str) -> None:
    done = match(expr, "--packet", packet)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{answer}\n", "")


def test_a_partial_packet_leaves_open_what_it_does_not_name() -> None:
    words = ("tcp.src == 0", "--packet", "ip4 && tcp.dst == 80")
    assert match(*words).stdout.startswith("1 ")
    assert match(*words, "--partial").stdout == "unknown tcp.src == 0 (not known: tcp.src)\n"
    [document] = documents(match(*words, "--partial", "-o", "json").stdout)
    assert document["value"] == "unknown"
    assert document["terms"][0]["missing"] == ["tcp.src"]


def test_the_version_is_that_asked_for() -> None:
    """remote_outport came with OVN 26.03."""
    expr = 'remote_outport == "a"'
    assert match(expr, "--ovn", "23.03.1").returncode == 2
    assert match(expr, "--ovn", "26.03").returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ("ip4", "--partial"),
        ("ip4", "--ovn", "new"),
        ("ip4", "--switch", SWITCH),
        ("ip4", "--from", TWO_NODES),
        ("ip4", "--node", "worker-0"),
        ("ip4", "--packet", "tcp"),
        ("ip4", "--packet", "ip4 &&"),
        ("ip4", "--from", TWO_NODES, "--switch", SWITCH),
        ("ip4", "--from", TWO_NODES, "--switch", "nonsense", "--node", "worker-0"),
        ("ip4", "--from", TWO_NODES, "--switch", SWITCH, "--node", "nobody"),
    ],
)
def test_a_wrong_question(words: tuple[str, ...]) -> None:
    done = match(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_names_are_those_of_the_switch() -> None:
    where = ("--from", TWO_NODES, "--switch", SWITCH, "--node", "worker-0")
    assert match("outport == @nonsense").returncode == 0
    done = match("outport == @nonsense", *where)
    assert done.returncode == 2
    assert "expecting port group name" in done.stderr
    [document] = documents(match("ip4", *where, "-o", "json").stdout)
    assert document["ovn"] == "26.03"


# --- many lines -----------------------------------------------------------------------------------


def test_each_line_gets_one_line_in_order() -> None:
    done = ask_lines(b'ip4\n\n  \nip4 && (\nudp\noutport == "\x1b\xff\n\x1b[2J\r\ntcp')
    lines = done.stdout.decode().splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "ip4", "error", "error", "error", "udp", "error", "error", "tcp",
    ]  # fmt: skip
    assert lines[3] == "error: 9: Syntax error at end of input expecting constant."
    assert (done.returncode, done.stderr) == (2, b"")
    assert b"\x1b" not in done.stdout


def test_lines_with_a_packet_and_as_json() -> None:
    data = b"tcp\nudp\nip4.src == $x\n"
    done = ask_lines(data, "--packet", "ip4 && tcp")
    assert done.stdout == b"1 tcp\n0 udp\nunknown ip4.src == $x (not known: $x)\n"
    assert done.returncode == 0
    found = documents(ask_lines(data, "--packet", "ip4 && tcp", "-o", "json").stdout.decode())
    assert [one["value"] for one in found] == ["1", "0", "unknown"]


def test_no_lines_are_no_answer_and_no_error() -> None:
    done = ask_lines(b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_program_may_ask_line_by_line() -> None:
    asking = subprocess.Popen(
        real("match", "-"),
        cwd=REPOSITORY,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert asking.stdin is not None
    assert asking.stdout is not None
    for text, answer in ((b"ip4\n", b"ip4\n"), (b"ip6\n", b"ip6\n")):
        asking.stdin.write(text)
        asking.stdin.flush()
        assert asking.stdout.readline() == answer
    asking.communicate(timeout=20)
    assert asking.returncode == 0


def test_it_stops_when_nobody_reads() -> None:
    command = f"yes ip4 | {' '.join(real('match', '-'))} | head -n 1"
    done = run(["bash", "-c", command])
    assert (done.stdout, done.stderr) == ("ip4\n", "")


def test_many_lines_take_no_memory() -> None:
    few, many = (_peak_kb(number) for number in (1_000, 40_000))
    assert many < few + 4_000


def _peak_kb(n_lines: int) -> int:
    """The most memory of a run; each line is another text, every seventh is refused."""
    texts = (f"tcp.dst == {n} && ip4.src == $s{n}" + " (" * (n % 7 == 0) for n in range(n_lines))
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(reader, 0)
        os.close(writer)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.chdir(REPOSITORY)
        command = real("match", "-")
        os.execve(command[0], command, environment())
    os.close(reader)
    with os.fdopen(writer, "w") as sink:
        sink.writelines(text + "\n" for text in texts)
    _, status, usage = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 2
    assert isinstance(usage, resource.struct_rusage)
    return usage.ru_maxrss


def test_a_line_without_end_is_refused_and_not_kept(tmp_path: Path) -> None:
    long = tmp_path / "long"
    long.write_bytes(b"ip4\n" + b"(" * (3 * LONGEST) + b"\nip6")
    with long.open() as file:
        lengths = [len(line) for lines in lines_of(file.fileno()) for line in lines]
    assert lengths == [3, LONGEST + 1, 3]
    done = ask_lines(long.read_bytes())
    first, second, third = done.stdout.decode().splitlines()
    assert (first, third) == ("ip4", "ip6")
    assert second.startswith(f"error: {LONGEST + 1}: longer than")


@pytest.mark.parametrize("redirection", ["<&-", "0>/dev/null"])
def test_stdin_that_cannot_be_read_is_no_answer(redirection: str) -> None:
    done = run(["bash", "-c", f"{' '.join(real('match', '-'))} {redirection}"])
    assert (done.returncode, done.stdout) == (3, "")
    assert "stdin" in done.stderr
