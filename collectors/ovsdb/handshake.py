"""Why there is no connection: what the system and TLS say, in words that tell what to do."""

import errno
import socket
from typing import Final

from collectors.ovsdb.remote import Remote
from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

_NO_SERVER: Final = "is its ovsdb-server running, and does it listen there?"
_NOT_THERE: Final = (errno.ENOENT, errno.ECONNREFUSED)
# X509_V_ERR_*: what OpenSSL finds wrong with the server's certificate (x509_vfy.h).
_EXPIRED: Final = 10
_NOT_YET_VALID: Final = 9
_OTHER_CA: Final = (2, 18, 19, 20, 21)

HUNG_UP_IN_HANDSHAKE: Final = Failure(
    Reason.UNREACHABLE, "the server hung up during the TLS handshake", "is it a tcp: port?"
)


def of_socket(error: OSError, remote: Remote) -> Failure:
    """A connection that could not be made, or broke."""
    if isinstance(error, socket.gaierror):
        return Failure(Reason.UNREACHABLE, f"{remote.host}: no such host name")
    if isinstance(error, PermissionError) and remote.method == "unix":
        hint = "run it as root, or as a member of the socket's group"
        return Failure(Reason.DENIED, "the socket may not be opened", hint)
    # Python's own checks have no number (a path that is too long for a socket).
    words = error.strerror or str(error)
    if error.errno in _NOT_THERE:
        return Failure(Reason.UNREACHABLE, words.lower(), _NO_SERVER)
    return Failure(Reason.UNREACHABLE, words)


def of_tls(error: OSError) -> Failure | None:
    """What went wrong with TLS; None if it was not TLS."""
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error.verify_code, error.verify_message)
    if isinstance(error, ssl.SSLEOFError) or not isinstance(error, ssl.SSLError):
        return None
    reason = (error.reason or "").upper()
    if "ALERT" in reason and ("CERT" in reason or "UNKNOWN_CA" in reason or "HANDSHAKE" in reason):
        said = reason.partition("ALERT_")[2].replace("_", " ").lower()
        return Failure(
            Reason.DENIED,
            f"the server refuses our certificate ({said})",
            "are --private-key and --certificate by the CA that it trusts?",
        )
    if reason in ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"):
        return Failure(Reason.UNREACHABLE, "no TLS is spoken there", "is it a tcp: port?")
    return Failure(Reason.UNREACHABLE, f"TLS: {reason.replace('_', ' ').lower() or error}")


def _of_certificate(code: int, words: str) -> Failure:
    if code == _EXPIRED:
        return Failure(Reason.DENIED, "the server's certificate has expired", "renew it")
    if code == _NOT_YET_VALID:
        hint = "does this machine's clock go right?"
        return Failure(Reason.DENIED, "the server's certificate is not valid yet", hint)
    if code in _OTHER_CA:
        hint = "is --ca-cert the CA of that server?"
        return Failure(Reason.DENIED, "the server's certificate is by another CA", hint)
    return Failure(Reason.DENIED, f"the server's certificate is refused: {words}")
