"""Real ovsdb-servers: over a Unix socket, TCP and TLS, and a cluster of three."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.artifacts import BY_NAME, NB_TABLES
from collectors.ovsdb import Certificates, Ovsdb, sources_of
from collectors.parse.tables import parse_tables
from ovntrace.model.capture import Capture, Missing, Reason, Target
from ovntrace.model.rows import Database
from tests.collectors import ovsdb
from tests.collectors.ovsdb_authority import Authority

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(not ovsdb.is_installed(), reason="ovsdb-server and its schemas are needed"),
]
NB = BY_NAME["nb"]
SWITCH = 'odd "name" }{ \\ é'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(file: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """An ovsdb-server on a file, also behind FILE.sock."""
    sock = file.with_suffix(".sock")
    argv = [f"--remote=punix:{sock}", f"--unixctl={file.with_suffix('.ctl')}", *options]
    process = subprocess.Popen(
        ["ovsdb-server", *argv, str(file)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 10
        while not _listens(sock):
            assert time.monotonic() < deadline, "ovsdb-server did not start"
            time.sleep(0.01)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)  # harmless where it has ended
        process.kill()
        process.wait()


def _listens(sock: Path) -> bool:
    """The file is there before the server listens."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(sock)) == 0


def run(*words: str | Path) -> str:
    argv = [str(word) for word in words]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True)
    return done.stdout


def nbctl(sock: Path, *words: str) -> str:
    return run("ovn-nbctl", f"--db=unix:{sock}", "--no-leader-only", "--timeout=10", *words)


def created(file: Path) -> Path:
    run("ovsdb-tool", "create", file, ovsdb.SCHEMAS["nb"])
    return file


def fill(sock: Path) -> None:
    ports = [w for n in range(3) for w in ("--", "lsp-add", SWITCH, f"p{n}")]
    acl = ("--", "acl-add", SWITCH, "to-lport", "7", "ip4 && tcp.dst == {1, 2}", "drop")
    nbctl(sock, "ls-add", SWITCH, *ports, *acl, "--", "set", "NB_Global", ".", "options:name=n1")


def read(words: str, timeout_s: float = 10, **options: object) -> Capture | Missing:
    """The northbound database of the only node."""
    collector = Ovsdb(sources_of([f"nb={words}"]), timeout_s=timeout_s, **options)  # type: ignore[arg-type]
    try:
        why = collector.can_run()
        [node] = collector.nodes()
        got = collector.fetch(Target(node=node), NB, timeout_s)
        assert (why is None) == isinstance(got, Capture), (why, got)
        if isinstance(got, Missing) and why is not None:
            # The place is named by whoever tells it.
            assert why.startswith(got.detail.removeprefix(f"{collector.place}: ")), (why, got)
        else:
            assert node == "n1"
        return got
    finally:
        collector.close()


def database(got: Capture | Missing) -> Database:
    assert isinstance(got, Capture), got
    found, bad = parse_tables(got.data, NB_TABLES)
    assert bad == ()
    return found


def failure(got: Capture | Missing) -> Missing:
    assert isinstance(got, Missing), got
    return got


@pytest.fixture(scope="module")
def northbound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A filled database: its socket, and its TCP port."""
    folder, port = tmp_path_factory.mktemp("nb"), free_port()
    file = created(folder / "nb.db")
    with serving(file, f"--remote=ptcp:{port}:127.0.0.1"):
        fill(file.with_suffix(".sock"))
        yield file.with_suffix(".sock"), port


@pytest.mark.parametrize("table", NB_TABLES)
def test_every_cell_is_what_the_tool_lists(northbound: tuple[Path, int], table: str) -> None:
    sock, port = northbound
    listed = json.loads(nbctl(sock, "--format=json", "list", table))
    for remote in (f"unix:{sock}", f"tcp:127.0.0.1:{port}", f"tcp:localhost:{port}"):
        found = database(read(remote)).table(table)
        at = [listed["headings"].index(column) for column in found.columns]
        theirs = [json.dumps([row[place] for place in at]) for row in listed["data"]]
        ours = [json.dumps([row.cell(column) for column in found.columns]) for row in found]
        assert sorted(ours) == sorted(theirs)
    assert table not in ("ACL", "Logical_Switch", "NB_Global") or ours


def test_the_command_prints_the_same(northbound: tuple[Path, int]) -> None:
    got = read(f"unix:{northbound[0]}")
    assert isinstance(got, Capture)
    text = run("sh", "-c", got.origin)
    listed, _ = parse_tables(text.encode(), NB_TABLES)
    ours = {row.uuid for row in database(got).table("Logical_Switch_Port")}
    assert ours == {row.uuid for row in listed.table("Logical_Switch_Port")} != set()


def test_nothing_is_written(tmp_path: Path) -> None:
    file = created(tmp_path / "empty.db")
    before = file.read_bytes()
    with serving(file):
        collector = Ovsdb(sources_of([f"n1:nb=unix:{file.with_suffix('.sock')}"]))
        got = collector.fetch(Target(node="n1"), NB, 5)
        # Not even the root row that every tool inserts.
        assert len(database(got).table("NB_Global")) == 0
    assert file.read_bytes() == before


def test_another_database_behind_the_socket(northbound: tuple[Path, int]) -> None:
    collector = Ovsdb(sources_of([f"sb=unix:{northbound[0]}"]))
    why = collector.can_run()
    assert why == "no OVN_Southbound there: it has OVN_Northbound (was nb= meant?)"


def test_a_server_that_stands_still(tmp_path: Path) -> None:
    file = created(tmp_path / "nb.db")
    with serving(file) as process:
        os.kill(process.pid, signal.SIGSTOP)
        began = time.monotonic()
        got = failure(read(f"unix:{file.with_suffix('.sock')}", timeout_s=0.4))
    assert time.monotonic() - began < 4
    assert (got.reason, got.hint) == (Reason.TIMEOUT, "try a longer --timeout")


# --- TLS ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tls:
    """Remotes by the age of their certificate, and the files of a client that they trust."""

    good: str
    expired: str
    early: str
    client: Certificates


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tls]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder)
    with ExitStack() as stack:

        def start(name: str, age: timedelta) -> str:
            pair, port = authority.issue(name, age=age), free_port()
            file = created(folder / f"{name}.db")
            options = (f"--private-key={pair.key}", f"--certificate={pair.certificate}")
            remotes = (f"--remote=pssl:{port}:127.0.0.1", f"--ca-cert={authority.certificate}")
            stack.enter_context(serving(file, *options, *remotes))
            fill(file.with_suffix(".sock"))
            return f"ssl:127.0.0.1:{port}"

        ages = {"good": 1, "expired": 9, "early": -9}
        remotes = {name: start(name, timedelta(days=days)) for name, days in ages.items()}
        own = authority.issue("client")
        files = Certificates(own.key, own.certificate, authority.certificate)
        yield Tls(**remotes, client=files)


def test_tls(tls: Tls) -> None:
    got = read(tls.good, certificates=tls.client)
    [switch] = database(got).table("Logical_Switch")
    assert switch.text("name") == SWITCH


@pytest.mark.parametrize(
    ("which", "words"), [("expired", "has expired"), ("early", "is not valid yet")]
)
def test_a_certificate_out_of_its_time(tls: Tls, which: str, words: str) -> None:
    got = failure(read(getattr(tls, which), certificates=tls.client))
    assert (got.reason, words in got.detail) == (Reason.DENIED, True), got


def test_another_ca(tls: Tls, tmp_path: Path) -> None:
    other = Authority(tmp_path, "other")
    files = Certificates(tls.client.private_key, tls.client.certificate, other.certificate)
    got = failure(read(tls.good, certificates=files))
    assert got.reason is Reason.DENIED
    assert got.detail.endswith("the server's certificate is by another CA")
    assert "--ca-cert" in got.hint


def test_the_server_does_not_trust_us(tls: Tls, tmp_path: Path) -> None:
    pair = Authority(tmp_path, "other").issue("stranger")
    for files in (
        Certificates(pair.key, pair.certificate, tls.client.ca),
        Certificates(None, None, tls.client.ca),
    ):
        got = failure(read(tls.good, certificates=files))
        # It hangs up at once: whether its alert is still read is the network's affair.
        words = f"{got.detail} {got.hint}"
        assert "refuses our certificate" in words or "trust the CA of --certificate" in words, got


def test_tls_where_none_is_spoken(northbound: tuple[Path, int], tls: Tls) -> None:
    plain = failure(read(f"ssl:127.0.0.1:{northbound[1]}", 3, certificates=tls.client))
    assert plain.detail.endswith("hung up during the TLS handshake"), plain
    assert plain.hint == "is it a tcp: port?"
    secure = failure(read(tls.good.replace("ssl:", "tcp:"), 3))
    assert secure.detail.endswith("the server hung up without an answer"), secure
    assert secure.hint == "is it an OVSDB port, and none that wants ssl:?"


def test_files_that_are_not_what_they_should_be(tls: Tls, tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    sealed = Authority(tmp_path).issue("sealed", passphrase=b"secret")
    own = tls.client
    cases = {
        "needs the certificate of a CA": Certificates(),
        "junk.pem: not a CA certificate": Certificates(ca=junk),
        "nowhere.pem: No such file": Certificates(ca=tmp_path / "nowhere.pem"),
        "belong together": Certificates(own.private_key, None, own.ca),
        "not a certificate and its private key": Certificates(junk, own.certificate, own.ca),
        "key is encrypted": Certificates(sealed.key, sealed.certificate, own.ca),
    }
    other = Authority(tmp_path, "third").issue("third")
    cases["key values mismatch"] = Certificates(other.key, own.certificate, own.ca)
    for words, files in cases.items():
        why = Ovsdb(sources_of(["n:nb=ssl:127.0.0.1:1"]), certificates=files).can_run()
        assert why is not None, words
        assert words in why
        assert "\n" not in why


# --- a cluster ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[tuple[Path, subprocess.Popen[bytes]]]]:
    """Three servers: first the leader."""
    folder = tmp_path_factory.mktemp("raft")
    peers = [f"tcp:127.0.0.1:{free_port()}" for _ in range(3)]
    with ExitStack() as stack:
        servers = []
        for number, address in enumerate(peers):
            file = folder / f"{number}.db"
            if number == 0:
                run(
                    "ovsdb-tool",
                    "--election-timer=200",
                    "create-cluster",
                    file,
                    ovsdb.SCHEMAS["nb"],
                    address,
                )
            else:
                run("ovsdb-tool", "join-cluster", file, "OVN_Northbound", address, peers[0])
            process = stack.enter_context(serving(file))
            sock = file.with_suffix(".sock")
            run("ovsdb-client", "-t", "10", "wait", f"unix:{sock}", "OVN_Northbound", "connected")
            servers.append((sock, process))
        fill(servers[0][0])
        yield servers


def test_a_cluster(cluster: list[tuple[Path, subprocess.Popen[bytes]]]) -> None:
    leader, follower, third = (f"unix:{sock}" for sock, _ in cluster)
    got = read(f"{follower},{third},{leader}")
    assert isinstance(got, Capture)
    assert got.origin.startswith(f"OVN_NB_DB={leader} ")
    refused = failure(read(f"{follower},{third}"))
    assert refused.reason is Reason.UNREACHABLE
    assert refused.detail.count("a follower, not the cluster's leader") == 2
    assert "--no-leader-only" in refused.hint
    # A follower gets what the leader has within its heartbeat.
    deadline = time.monotonic() + 5
    while len(database(read(follower, leader_only=False)).table("ACL")) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # The leader goes: another one is found among those that are left.
    cluster[0][1].kill()
    cluster[0][1].wait()
    deadline = time.monotonic() + 10
    while isinstance(got := read_any(f"{leader},{follower},{third}"), Missing):
        assert time.monotonic() < deadline, got
        time.sleep(0.05)
    assert got.origin.split()[0] in (f"OVN_NB_DB={follower}", f"OVN_NB_DB={third}")
    # Two of three are gone: the last has lost the majority, and says so.
    cluster[1][1].kill()
    cluster[1][1].wait()
    deadline = time.monotonic() + 20
    while isinstance(got := read_any(third, leader_only=False), Capture):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert "it has lost the others of its cluster" in got.detail


def read_any(words: str, *, leader_only: bool = True) -> Capture | Missing:
    """Without a look at the node's name."""
    collector = Ovsdb(sources_of([f"n1:nb={words}"]), leader_only=leader_only)
    return collector.fetch(Target(node="n1"), NB, 5)
