"""TLS as OVS's tools have it: both sides show a certificate by the same CA, and no name is held
against it (ovs-vsctl(8), Public Key Infrastructure Options)."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.ovsdb.trouble import trouble
from ovntrace.model.capture import Reason

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: our own key and certificate, and that of the CA that signed the server's."""

    private_key: Path | None = None
    certificate: Path | None = None
    ca: Path | None = None


def client_context(files: Certificates) -> "ssl.SSLContext":
    """What a client connects with; OvsdbTroubleError if a file is missing or not what it is for."""
    import ssl  # 10 ms, which tcp and unix need not pay

    if files.ca is None:
        raise trouble(Reason.DENIED, "ssl: needs the certificate of a CA", "give --ca-cert FILE")
    if (files.private_key is None) != (files.certificate is None):
        detail = "--private-key and --certificate belong together: one is missing"
        raise trouble(Reason.DENIED, detail)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(files.ca)
    except (OSError, ssl.SSLError) as error:
        raise trouble(Reason.DENIED, f"{files.ca}: {_why(error, 'a CA certificate')}") from None
    if files.certificate is not None and files.private_key is not None:
        try:
            context.load_cert_chain(files.certificate, files.private_key, password=_no_password)
        except (OSError, ssl.SSLError, _EncryptedKeyError) as error:
            names = f"{files.certificate}, {files.private_key}"
            why = _why(error, "a certificate and its private key")
            raise trouble(Reason.DENIED, f"{names}: {why}") from None
    return context


class _EncryptedKeyError(Exception):
    """The key wants a passphrase."""


def _no_password() -> str:
    raise _EncryptedKeyError


def _why(error: Exception, what: str) -> str:
    import ssl

    if isinstance(error, _EncryptedKeyError):
        return "the private key is encrypted, which ovn-nbctl does not take either"
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or str(error)).replace("_", " ").lower()
        return f"not {what} in PEM form ({reason})"
    return getattr(error, "strerror", None) or str(error)
