"""How the API server is reached: address, TLS, credentials, proxy; for HTTP and WebSocket alike."""

import contextlib
import ipaddress
import logging
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from ovntrace.errors import WrongQuestionError


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy in front of the API server."""

    url: str
    host: str
    port: int
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Made once from a kubernetes `Configuration`, safe to use from several threads."""

    server: str  # https://host:port/prefix, no slash at the end
    configuration: Any
    tls: ssl.SSLContext | None
    tls_server_name: str | None
    proxy: Proxy | None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def headers(self) -> dict[str, str]:
        """The credentials as headers. A token that expires is renewed here, by the kubernetes
        package (it may run the kubeconfig's credential plugin)."""
        with self.lock, captured_log():
            settings: Mapping[str, Any] = self.configuration.auth_settings()
            return {
                str(setting["key"]): str(setting["value"])
                for setting in settings.values()
                if setting.get("in") == "header" and setting.get("value")
            }

    @property
    def websocket_server(self) -> str:
        """The same address with the scheme of a WebSocket."""
        scheme, _, rest = self.server.partition("://")
        return f"{'wss' if scheme == 'https' else 'ws'}://{rest}"


def make_access(configuration: Any) -> Access:
    """Raises WrongQuestionError where the configuration can't be used."""
    server = str(configuration.host).rstrip("/")
    parts = _split(server)
    return Access(
        server,
        configuration,
        _tls(configuration, server) if parts.scheme == "https" else None,
        configuration.tls_server_name or None,
        _proxy(configuration, parts),
    )


@contextlib.contextmanager
def captured_log() -> Iterator[list[str]]:
    """What the kubernetes package logs (it logs a failed credential plugin and goes on without
    credentials), kept from the terminal."""
    lines: list[str] = []
    handler = _Keeping(lines)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield lines
    finally:
        root.removeHandler(handler)


class _Keeping(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(" ".join(record.getMessage().split()))


def _split(server: str) -> SplitResult:
    try:
        parts = urlsplit(server)
        _ = parts.port  # a port that is no number is found when it is asked for
    except ValueError as error:
        raise WrongQuestionError(f"the server's address is no URL: {error}", place=server) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WrongQuestionError("the server's address is no http or https URL", place=server)
    return parts


def _tls(configuration: Any, server: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(
            cafile=configuration.ssl_ca_cert or None,
            cadata=_text(getattr(configuration, "ca_cert_data", None)),
        )
        # As kubectl: clusters' own authorities often lack the extensions that strictness wants.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file or None)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WrongQuestionError(
            f"the kubeconfig's certificates or key can't be used: {said}", place=server
        ) from error
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif configuration.assert_hostname is False:
        context.check_hostname = False
    return context


def _text(data: object) -> str | None:
    if isinstance(data, bytes):
        return data.decode("ascii", "replace")
    return data if isinstance(data, str) else None


def _proxy(configuration: Any, server: SplitResult) -> Proxy | None:
    url = configuration.proxy
    if not url or _bypasses(server, str(configuration.no_proxy or "")):
        return None
    parts = _split_proxy(str(url))
    default = 443 if parts.scheme == "https" else 80
    return Proxy(
        str(url),
        parts.hostname or "",
        parts.port or default,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
    )


def _split_proxy(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise WrongQuestionError(
            "only http:// proxies are supported", place=f"{parts.scheme}://{parts.hostname or ''}"
        )
    return parts


def _bypasses(server: SplitResult, no_proxy: str) -> bool:
    """The rules that kubectl (Go) and curl share: *, names and their subdomains, addresses and
    networks, with or without a port."""
    host = (server.hostname or "").lower()
    for entry in (part.strip().lower() for part in no_proxy.split(",")):
        if not entry:
            continue
        name = entry.removesuffix(f":{server.port}").lstrip(".")
        if entry == "*" or host == name or host.endswith(f".{name}") or _in_network(host, name):
            return True
    return False


def _in_network(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
