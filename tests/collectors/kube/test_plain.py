"""A plain kubeconfig is read as the kubernetes package reads it; others are left to the package."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from collectors.kube.kubeconfig import load
from collectors.kube.plain import PlainConfiguration, read_plain
from tests.lab.api.tls import server_tls

_SERVER = "https://127.0.0.1:6443/prefix"


def _config(cluster: dict[str, Any], user: dict[str, Any], **context: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": _SERVER, **cluster}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", **context}}],
        "current-context": "x",
    }


def _write(folder: Path, config: object) -> Path:
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture(scope="module")
def authority() -> str:
    """A CA's certificate as PEM."""
    return server_tls("127.0.0.1")[1].decode()


@pytest.mark.parametrize("way", ["data", "file", "skip", "named"])
def test_the_same_as_the_package_reads_it(
    tmp_path: Path, authority: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ca.pem").write_text(authority)
    clusters: dict[str, dict[str, Any]] = {
        "data": {"certificate-authority-data": base64.b64encode(authority.encode()).decode()},
        "file": {"certificate-authority": "ca.pem"},
        "skip": {"insecure-skip-tls-verify": True},
        "named": {"certificate-authority": "ca.pem", "tls-server-name": "elsewhere"},
    }
    path = _write(tmp_path, _config(clusters[way], {"token": "secret"}, namespace="ns"))
    plain = load(str(path), None, {})
    assert isinstance(plain.access.configuration, PlainConfiguration)
    monkeypatch.setattr("collectors.kube.kubeconfig.read_plain", lambda *_: None)
    package = load(str(path), None, {})
    assert not isinstance(package.access.configuration, PlainConfiguration)
    assert plain.namespace == package.namespace == "ns"
    one, other = plain.access, package.access
    assert one.server == other.server
    lowered = [{k.lower(): v for k, v in access.headers().items()} for access in (one, other)]
    assert lowered[0] == lowered[1] == {"authorization": "Bearer secret"}
    assert (one.tls_server_name, one.proxy) == (other.tls_server_name, other.proxy)
    assert one.tls is not None
    assert other.tls is not None
    assert one.tls.verify_mode == other.tls.verify_mode
    assert one.tls.check_hostname == other.tls.check_hostname
    assert one.tls.get_ca_certs() == other.tls.get_ca_certs()


@pytest.mark.parametrize(
    ("cluster", "user"),
    [
        ({}, {"exec": {"command": "x"}}),
        ({}, {"auth-provider": {"name": "oidc"}}),
        ({}, {"tokenFile": "t"}),
        ({}, {"username": "a", "password": "b"}),
        ({}, {"client-certificate-data": "eA==", "client-key-data": "eA=="}),
        ({}, {"client-certificate": "only"}),
        ({}, {"token": 3}),
        ({}, {}),
        ({"proxy-url": "http://p"}, {"token": "t"}),
        ({"certificate-authority-data": "not base64!"}, {"token": "t"}),
        ({"insecure-skip-tls-verify": "yes"}, {"token": "t"}),
        ({"server": ""}, {"token": "t"}),
        ({"something-new": "x"}, {"token": "t"}),
    ],
)
def test_what_is_left_to_the_package(
    tmp_path: Path, cluster: dict[str, Any], user: dict[str, Any]
) -> None:
    assert read_plain(_write(tmp_path, _config(cluster, user)), None, {}) is None


def test_proxies_of_the_environment_are_left_to_the_package(tmp_path: Path) -> None:
    path = _write(tmp_path, _config({}, {"token": "t"}))
    assert read_plain(path, None, {}) is not None
    assert read_plain(path, None, {"https_proxy": "http://p"}) is None


@pytest.mark.parametrize("context", ["other", ""])
def test_a_context_that_is_not_there(tmp_path: Path, context: str) -> None:
    config = _config({}, {"token": "t"})
    config["current-context"] = ""
    assert read_plain(_write(tmp_path, config), context or None, {}) is None


@given(st.binary(max_size=80))
def test_any_file(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "kubeconfig"
    path.write_bytes(data)
    assert read_plain(path, None, {}) is None
