"""Databases over the OVSDB protocol (RFC 7047): tcp, TLS and Unix sockets, no Kubernetes API."""

from collectors.ovsdb.certificates import Certificates
from collectors.ovsdb.collector import Ovsdb
from collectors.ovsdb.remote import Source, sources_of

__all__ = ["Certificates", "Ovsdb", "Source", "sources_of"]
