"""The table of artefacts: read-only, complete, and right for the installed schemas."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from collectors.artifacts import (
    ARTEFACTS,
    BY_NAME,
    DATABASE_FILES,
    DATABASE_FOLDERS,
    Artefact,
    Where,
    command_rows,
)
from collectors.container_rows import (
    CONTAINER_ROWS,
    ENTRY_ROWS,
    IN_CONTAINER,
    IN_NETNS,
    words_before,
)
from tests.collectors import ovsdb

DATABASES = [artefact for artefact in ARTEFACTS if artefact.tables]
ROOTS = {"nb": "NB_Global", "sb": "SB_Global", "ovs": "Open_vSwitch"}
# Verbs of the tools that only read; a new command is put here by somebody who has thought.
READING = {"list", "get", "get-frags", "dump-flows", "address", "list-id"}
READING |= {"ovn-trace", "ofproto/trace", "gzip", "cat", "ps", "pods", "inspectp"}
READING |= {"date", "get-schema", "--version"}
# ovn-trace's --ovs would ask for OpenFlow flows too, ofproto/trace's -generate sends the packet.
# gzip without -c would replace the file.
NEVER = {"--ovs", "-generate", "--detach", "-d", "-f", "--rm"}
SAMPLES = {
    "ct_in": "trk,new",
    "ct_out": "trk,new",
    "switch": "004aee93-ef55-417d-a9a0-ad36d445d9fe",
    "microflow": 'inport == "a"',
    "openflow": "in_port=1,icmp",
    "uuid": "644b4647",
    "bridge": "br-ex",
    "sandbox": "ab" * 32,
}


def ids(artefact: Artefact) -> str:
    return artefact.name


def file(artefact: Artefact) -> str:
    return f"{DATABASE_FOLDERS[0]}/{DATABASE_FILES[artefact.database]}"


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(ARTEFACTS)


COMMANDS = [one for one in ARTEFACTS if one.argv and one not in ENTRY_ROWS]


@pytest.mark.parametrize("artefact", COMMANDS, ids=ids)
def test_commands_only_read_and_end_by_themselves(artefact: Artefact) -> None:
    values = {one.name: SAMPLES.get(one.name) or file(artefact) for one in artefact.parameters}
    argv = artefact.filled(values).command(10)
    assert READING & set(argv)
    assert not any(char in word for word in argv for char in "{};|&$`<>\n")
    if argv[0] == "ip":
        assert set(argv) <= {"ip", "-j", "-d", "-s", "address", "netns", "list-id"}
        return
    assert not NEVER & set(argv)
    if "ovn-trace" in argv:
        assert argv[:3] == ("timeout", "9", "ovn-trace")
    elif "date" in argv:
        # Without -s and a bare time it sets no clock.
        assert argv == ("timeout", "9", "date", "-u", "+%s.%N")
    elif argv[0] == "timeout":
        assert argv[1:] in (("9", "gzip", "-1", "-c", file(artefact)), ("9", "cat", file(artefact)))
    elif argv[0] == "crictl":
        assert argv[1] == "--timeout=9s"
    else:
        assert "--timeout=9" in argv
    if argv[0] in ("ovn-nbctl", "ovn-sbctl", "ovs-vsctl"):
        assert "--dry-run" in argv
        verbs = [argv[at + 1] for at, word in enumerate(argv) if word == "--"]
        assert set(verbs) <= {"list"}


@pytest.mark.parametrize(("given", "own"), [(0.5, 1), (1, 1), (2, 1), (10.9, 9), (60, 59)])
def test_the_tools_limit_is_shorter_than_ours(given: float, own: int) -> None:
    assert f"--timeout={own}" in BY_NAME["nb"].command(given)


def test_a_namespace_is_one_argument_whatever_is_in_it() -> None:
    argv = BY_NAME["pod-links"].command(5, "a b;{timeout}")
    assert argv == ("ip", "-n", "a b;{timeout}", "-j", "-d", "-s", "address")


@pytest.mark.parametrize(
    ("name", "namespace", "path"),
    [
        ("pods", "", "/api/v1/pods"),
        ("pods", "a/../b", "/api/v1/namespaces/a%2F..%2Fb/pods"),
        ("events", "", "/api/v1/events"),
        ("events", "demo", "/api/v1/namespaces/demo/events"),
        ("nodes", "demo", "/api/v1/nodes"),
        (
            "multi-networkpolicies",
            "demo",
            "/apis/k8s.cni.cncf.io/v1beta1/namespaces/demo/multi-networkpolicies",
        ),
        ("egressfirewalls", "demo", "/apis/k8s.ovn.org/v1/namespaces/demo/egressfirewalls"),
        (
            "adminnetworkpolicies",
            "demo",
            "/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies",
        ),
        (
            "baselineadminnetworkpolicies",
            "demo",
            "/apis/policy.networking.k8s.io/v1alpha1/baselineadminnetworkpolicies",
        ),
    ],
)
def test_paths_of_lists(name: str, namespace: str, path: str) -> None:
    assert BY_NAME[name].path(namespace) == path


def test_each_row_is_shown_with_its_command() -> None:
    rows = command_rows()
    assert {row.name for row in rows} == set(BY_NAME)
    shown = {row.command for row in rows}
    assert "ip -n {netns} -j -d -s address" in shown
    assert "GET /api/v1/pods" in shown
    assert any("--timeout={timeout}" in command and "list ACL" in command for command in shown)
    assert all(row.why and row.where for row in rows)


@pytest.mark.skipif(not ovsdb.is_installed(), reason="no OVN here")
@pytest.mark.parametrize("artefact", DATABASES, ids=ids)
def test_tables_are_in_the_installed_schema(artefact: Artefact) -> None:
    schema = json.loads(ovsdb.SCHEMAS[artefact.database or artefact.name].read_text())
    assert set(artefact.tables) <= set(schema["tables"])


@pytest.mark.parametrize("artefact", DATABASES, ids=ids)
@pytest.mark.parametrize(
    "version",
    [
        pytest.param("", marks=pytest.mark.lab, id="installed"),
        pytest.param("25.03", marks=pytest.mark.peers, id="25.03"),
        pytest.param("26.03", marks=pytest.mark.peers, id="newest"),
    ],
)
def test_one_document_a_table_in_order_and_nothing_written(
    artefact: Artefact, version: str, tmp_path: Path
) -> None:
    """A plain `list` would insert the root row into this empty database."""
    release = ovsdb.unpacked(version) if version else ovsdb.INSTALLED
    with ovsdb.node(tmp_path, release) as environ:
        before = _dump(tmp_path, artefact.database or artefact.name)
        run = subprocess.run(
            artefact.command(5), env={**os.environ, **environ}, capture_output=True, timeout=10
        )
        assert _dump(tmp_path, artefact.database or artefact.name) == before
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert len(lines) == len(artefact.tables)
    schema = json.loads(release.schemas[artefact.database or artefact.name].read_text())["tables"]
    for table, line in zip(artefact.tables, lines, strict=True):
        headings = set(json.loads(line)["headings"])
        # Of the client's own making, to find a flow by.
        headings -= {"hash"} if table == "Logical_Flow" else set()
        assert headings == {"_uuid", *schema[table]["columns"]}, table


def _dump(folder: Path, name: str) -> bytes:
    socket = {"nb": "ovn/ovnnb_db.sock", "sb": "ovn/ovnsb_db.sock", "ovs": "ovs/db.sock"}[name]
    command = ["ovsdb-client", "--timeout=5", "dump", f"unix:{folder / socket}"]
    dump = subprocess.run(command, check=True, capture_output=True).stdout
    assert ROOTS[name].encode() in dump
    return dump


def test_places_are_given() -> None:
    for artefact in ARTEFACTS:
        if artefact.where in (Where.API, Where.SERVER):
            assert artefact.resource
            # What is posted is a review, which the server answers and does not keep.
            assert not artefact.posts or artefact.resource.endswith("reviews")
            assert not artefact.argv
        elif artefact.where is Where.NODE:
            assert bool(artefact.containers) is (artefact not in (*CONTAINER_ROWS, *ENTRY_ROWS))
            assert artefact.argv


@pytest.mark.parametrize(
    "path",
    [
        "/etc/shadow",
        "/etc/ovn/../../etc/shadow/ovnnb_db.db",
        "etc/ovn/ovnnb_db.db",
        "/etc/ovn/ovnsb_db.db",
        "/etc/ovn/ovnnb_db.db\n",
        "/-rf/ovnnb_db.db",
        "/etc/o vn/ovnnb_db.db",
        "ovnnb_db.db",
        "",
    ],
)
def test_no_other_file_is_ever_read(path: str) -> None:
    for name in ("nb-file", "nb-file-plain"):
        with pytest.raises(ValueError, match="not allowed"):
            BY_NAME[name].filled({"file": path})


@pytest.mark.parametrize("name", ["nb", "sb"])
def test_the_known_places_are_allowed(name: str) -> None:
    for folder in DATABASE_FOLDERS:
        path = f"{folder}/{DATABASE_FILES[name]}"
        for row in (f"{name}-file", f"{name}-file-plain"):
            assert BY_NAME[row].filled({"file": path}).command(5)[-1] == path
            assert BY_NAME[row].database == name


@pytest.mark.parametrize("bridge", ["tcp:1.2.3.4", "unix:/x", "-h", "/x", "br int", "", "b" * 16])
def test_a_bridge_is_a_name_and_no_connection(bridge: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        BY_NAME["openflow"].filled({"bridge": bridge})


def test_a_file_of_a_dump_may_have_the_parameter_in_its_name() -> None:
    row = BY_NAME["openflow"]
    assert row.file_name == ""
    assert row.filled({"bridge": "br-ex"}).file_name == "ovs-ofctl_dump-flows_br-ex.txt"


def test_what_may_stand_before_a_command() -> None:
    """A new one is put here by somebody who has thought: behind it comes a command of the table."""
    assert {row.name: " ".join(row.argv) for row in ENTRY_ROWS} == {
        "as-root": "sudo -n",
        "in-container": "crictl exec {container}",
        "in-netns": "nsenter --net={path} --",
        "interconnect-nb": "env OVN_NB_DB=unix:/run/ovn-ic/ovnnb_db.sock",
        "interconnect-sb": "env OVN_SB_DB=unix:/run/ovn-ic/ovnsb_db.sock",
    }


@pytest.mark.parametrize("value", ["", "-h", "--all", "../x", "AB" * 32, "a b", "ab" * 32 + "\n"])
def test_a_container_is_an_id(value: str) -> None:
    for name, parameter in (("in-container", "container"), ("pod-sandbox", "sandbox")):
        with pytest.raises(ValueError, match="not allowed"):
            BY_NAME[name].filled({parameter: value})


@pytest.mark.parametrize(
    "value",
    ["/proc/1/root", "/run/netns/../x", "/run/netns/", "/run/netns/-a", "x", "/proc/1/ns/mnt"],
)
def test_a_namespace_is_a_network_namespace(value: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        BY_NAME["in-netns"].filled({"path": value})


def test_words_before_a_command_are_filled() -> None:
    assert words_before(IN_CONTAINER, container="ab" * 32) == ("crictl", "exec", "ab" * 32)
    assert words_before(IN_NETNS, path="/run/netns/a") == ("nsenter", "--net=/run/netns/a", "--")
