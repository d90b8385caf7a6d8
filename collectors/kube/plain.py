"""A kubeconfig that needs no more than a token or a client certificate in a file.

The kubernetes package reads any kubeconfig, but its import takes 130 ms, as long as all the
network's part of a question. What is plain is read here; whatever else a kubeconfig may have
(credential plugins, providers, certificates as data, proxies, several files) is left to the
package: `read_plain` then returns None, as it does for anything that is not as it should be.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What may stand there without changing how the server is reached is `extensions` alone.
_CLUSTER_KEYS = frozenset(
    {
        "server",
        "certificate-authority",
        "certificate-authority-data",
        "insecure-skip-tls-verify",
        "tls-server-name",
        "extensions",
    }
)
_USER_KEYS = frozenset({"token", "client-certificate", "client-key", "extensions"})
_CONTEXT_KEYS = frozenset({"cluster", "user", "namespace", "extensions"})
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class PlainConfiguration:
    """What `make_access` asks of a kubernetes `Configuration`."""

    host: str
    ssl_ca_cert: str | None
    ca_cert_data: str | None
    cert_file: str | None
    key_file: str | None
    verify_ssl: bool
    tls_server_name: str | None
    token: str | None
    assert_hostname: bool | None = None
    proxy: str | None = None
    no_proxy: str | None = None

    def auth_settings(self) -> dict[str, dict[str, str]]:
        """The credentials in the package's form."""
        if self.token is None:
            return {}
        value = f"Bearer {self.token}"
        return {"BearerToken": {"in": "header", "key": "authorization", "value": value}}


def read_plain(
    path: Path, context: str | None, environ: Mapping[str, str]
) -> tuple[PlainConfiguration, str] | None:
    """The configuration and the context's namespace (empty if it names none), or None."""
    if any(environ.get(name) or environ.get(name.lower()) for name in _PROXIES):
        return None
    document = _document(path)
    chosen = context or document.get("current-context")
    entry = _named(document, "contexts", "context", chosen)
    cluster = _named(document, "clusters", "cluster", entry.get("cluster"))
    user = _named(document, "users", "user", entry.get("user"))
    if not (entry.keys() <= _CONTEXT_KEYS and cluster.keys() <= _CLUSTER_KEYS):
        return None
    if not (cluster and user and user.keys() <= _USER_KEYS):
        return None
    configuration = _configuration(cluster, user, path.parent)
    namespace = entry.get("namespace") or ""
    if configuration is None or not isinstance(namespace, str):
        return None
    return configuration, namespace


def _document(path: Path) -> Mapping[str, Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(path.read_bytes(), Loader=loader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return document if isinstance(document, dict) else {}


def _named(document: Mapping[str, Any], plural: str, kind: str, name: object) -> Mapping[str, Any]:
    entries = document.get(plural)
    found = [
        entry[kind]
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
        and entry.get("name") == name
        and isinstance(entry.get(kind), dict)
    ]
    return found[0] if len(found) == 1 and isinstance(name, str) else {}


def _configuration(
    cluster: Mapping[str, Any], user: Mapping[str, Any], folder: Path
) -> PlainConfiguration | None:
    skip = cluster.get("insecure-skip-tls-verify", False)
    texts = {key: cluster[key] for key in cluster.keys() - {"insecure-skip-tls-verify"}}
    texts.update(user)
    texts.pop("extensions", None)
    if not isinstance(skip, bool) or not all(isinstance(text, str) for text in texts.values()):
        return None
    if ("client-certificate" in user) != ("client-key" in user) or not texts.get("server"):
        return None
    authority = texts.get("certificate-authority-data")
    pem = _pem(authority) if authority else None
    if authority and pem is None:
        return None
    return PlainConfiguration(
        host=texts["server"],
        ssl_ca_cert=None if pem else _beside(folder, texts.get("certificate-authority")),
        ca_cert_data=pem,
        cert_file=_beside(folder, texts.get("client-certificate")),
        key_file=_beside(folder, texts.get("client-key")),
        verify_ssl=not skip,
        tls_server_name=texts.get("tls-server-name"),
        token=texts.get("token") or None,
    )


def _beside(folder: Path, name: str | None) -> str | None:
    """A file's path; a relative one is relative to the kubeconfig."""
    return os.path.join(folder, name) if name else None  # noqa: PTH118 (kept as it is written)


def _pem(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
