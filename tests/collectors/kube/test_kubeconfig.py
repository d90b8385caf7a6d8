"""Kubeconfigs: found, chosen, damaged, with plugins; one clear line for each trouble."""

import json
import os
import ssl
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors.kube.kubeconfig import load
from ovntrace.errors import NoAnswerError, OvntraceError, WrongQuestionError

NO_ENVIRONMENT: dict[str, str] = {}


def config(**changes: Any) -> dict[str, Any]:
    cluster = {"server": "https://api.example:6443/", **changes.pop("cluster", {})}
    user = changes.pop("user", {"token": "t0ken"})
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [
            {"name": "prod", "context": {"cluster": "c", "user": "u", "namespace": "llm-demo"}},
            {"name": "stage", "context": {"cluster": "c", "user": "u"}},
        ],
        "current-context": "prod",
        **changes,
    }


def write(path: Path, document: object) -> str:
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return str(path)


def refused(path: str | None, context: str | None = None, **environ: str) -> OvntraceError:
    with pytest.raises(OvntraceError) as caught:
        load(path, context, environ)
    assert "\n" not in caught.value.message
    return caught.value


def test_the_current_context(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "k", config()), None, NO_ENVIRONMENT)
    assert loaded.namespace == "llm-demo"
    assert loaded.access.server == "https://api.example:6443"
    assert loaded.access.websocket_server == "wss://api.example:6443"
    assert loaded.access.headers() == {"authorization": "Bearer t0ken"}


def test_a_named_context_without_namespace(tmp_path: Path) -> None:
    path = write(tmp_path / "k", config(**{"current-context": ""}))
    assert load(path, "stage", NO_ENVIRONMENT).namespace == "default"


def test_from_the_environment_several_files_merged(tmp_path: Path) -> None:
    first = write(tmp_path / "a", config(contexts=[]))
    second = write(tmp_path / "b", config(clusters=[], users=[]))
    environ = {"KUBECONFIG": f"{first}{os.pathsep}{second}{os.pathsep}{tmp_path}/nope"}
    assert load(None, None, environ).namespace == "llm-demo"


def test_no_kubeconfig(tmp_path: Path) -> None:
    error = refused(str(tmp_path / "nope"))
    assert isinstance(error, WrongQuestionError)
    assert (error.message, error.place) == ("there is no kubeconfig", str(tmp_path / "nope"))
    assert "--kubeconfig" in error.hint
    in_pod = refused(str(tmp_path / "nope"), KUBERNETES_SERVICE_HOST="10.0.0.1")
    assert in_pod.message == "there is no kubeconfig"


@pytest.mark.parametrize(
    ("context", "candidates"), [("prodd", ("prod",)), ("zzzzzz", ("prod", "stage"))]
)
def test_an_unknown_context(tmp_path: Path, context: str, candidates: tuple[str, ...]) -> None:
    error = refused(write(tmp_path / "k", config()), context)
    assert isinstance(error, WrongQuestionError)
    assert error.message == f"the kubeconfig has no context {context}"
    assert error.candidates == candidates


def test_no_current_context(tmp_path: Path) -> None:
    document = config()
    del document["current-context"]
    error = refused(write(tmp_path / "k", document))
    assert error.message == "the kubeconfig has no current context"
    assert error.candidates == ("prod", "stage")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text",
        "[1, 2]",
        "{",
        "a: b: c",
        "\x00",
        "contexts: 5",
        "contexts: [5]\nclusters: []\nusers: []\ncurrent-context: x",
        "contexts: [{name: x, context: {cluster: c}}]\nclusters: []\ncurrent-context: x",
        yaml.safe_dump(config(clusters=[{"name": "c", "cluster": {"server": "ftp://x"}}])),
        yaml.safe_dump(config(clusters=[{"name": "c", "cluster": {"server": "https://x:y"}}])),
        yaml.safe_dump(config(cluster={"certificate-authority-data": "%%%"})),
        yaml.safe_dump(config(cluster={"certificate-authority-data": "aGVsbG8="})),
        yaml.safe_dump(config(cluster={"certificate-authority": "/no/such/file"})),
        yaml.safe_dump(config(user={"client-certificate-data": "aGVsbG8="})),
        yaml.safe_dump(config(cluster={"proxy-url": "socks5://localhost:1080"})),
    ],
)
def test_a_damaged_kubeconfig(tmp_path: Path, text: str) -> None:
    error = refused(write(tmp_path / "k", text))
    assert isinstance(error, WrongQuestionError), error
    assert error.place


def plugin(tmp_path: Path, script: str) -> str:
    program = tmp_path / "plugin"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program)}}
    return write(tmp_path / "k", config(user=user))


def test_a_credential_plugin(tmp_path: Path) -> None:
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "fresh"},
    }
    path = plugin(tmp_path, f"echo '{json.dumps(credential)}'")
    assert load(path, None, {}).access.headers() == {"authorization": "Bearer fresh"}


@pytest.mark.parametrize("script", ["echo expired >&2; exit 1", "echo no json"])
def test_a_credential_plugin_that_fails(
    tmp_path: Path, script: str, capfd: pytest.CaptureFixture[str]
) -> None:
    error = refused(plugin(tmp_path, script))
    assert isinstance(error, NoAnswerError)
    assert "credential plugin failed" in error.message
    assert capfd.readouterr() == ("", "")


def test_a_credential_plugin_that_is_not_there(tmp_path: Path) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin"}}
    error = refused(write(tmp_path / "k", config(user=user)))
    assert isinstance(error, NoAnswerError)
    assert "no-such-plugin" in error.message


def test_tls_is_checked_unless_told_otherwise(tmp_path: Path) -> None:
    tls = load(write(tmp_path / "a", config()), None, {}).access.tls
    assert tls is not None
    assert (tls.verify_mode, tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    told = config(cluster={"insecure-skip-tls-verify": True, "tls-server-name": "api.internal"})
    access = load(write(tmp_path / "b", told), None, {}).access
    assert access.tls is not None
    assert access.tls.verify_mode is ssl.CERT_NONE
    assert access.tls_server_name == "api.internal"
    plain = config(cluster={"server": "http://127.0.0.1:8001"})
    assert load(write(tmp_path / "c", plain), None, {}).access.tls is None


@pytest.mark.parametrize(
    ("no_proxy", "used"),
    [
        ("", True),
        ("api.example", False),
        (".example", False),
        ("other,example", False),
        ("*", False),
        ("pi.example", True),
        ("api.example:6443", False),
        ("api.example:443", True),
        ("10.0.0.0/8", True),
    ],
)
def test_the_proxy(
    tmp_path: Path, no_proxy: str, used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", no_proxy)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    path = write(
        tmp_path / "k", config(cluster={"proxy-url": "http://me:p%40ss@proxy.example:3128"})
    )
    proxy = load(path, None, {}).access.proxy
    assert (proxy is not None) == used
    if proxy is not None:
        assert (proxy.host, proxy.port) == ("proxy.example", 3128)
        assert (proxy.user, proxy.password) == ("me", "p@ss")


def test_a_network_of_addresses_bypasses_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "10.0.0.0/8")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    inside = config(cluster={"server": "https://10.1.2.3:6443"})
    assert load(write(tmp_path / "a", inside), None, {}).access.proxy is None
    outside = config(cluster={"server": "https://11.1.2.3:6443"})
    assert load(write(tmp_path / "b", outside), None, {}).access.proxy is not None
