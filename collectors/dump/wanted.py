"""Which files of an archive are kept: those that some reader may want. All others are passed over.

By the name where the name tells, else by how the content begins.
"""

from collectors.dump.unpacking import gzip_start

HEAD = 4096  # bytes of a file by which it is known
_TEXTS = (".yaml", ".yml", ".json", ".txt", ".db", ".xml")
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tar.zst")
# What sos_commands has of these plugins has no suffix.
_PLUGINS = frozenset(
    ("openvswitch", "ovn_host", "ovn_central", "openshift_ovn", "microshift_ovn", "networking")
)
_DATABASE = b"OVSDB "
_NO_ARCHIVE = ("extras_store", "audit", "logs")


def is_wanted(parts: tuple[str, ...], head: bytes) -> bool:
    """True if some reader may want the file that begins with `head`."""
    if is_database(head) or is_inner_archive(parts) or is_dump_archive(parts):
        return True
    if _is_log(parts):
        return False
    name = parts[-1].removesuffix(".gz").lower()
    if name.endswith(_TEXTS) or is_listing(head):
        return True
    at = parts.index("sos_commands") if "sos_commands" in parts else len(parts)
    return at < len(parts) - 2 and parts[at + 1] in _PLUGINS


def is_database(head: bytes) -> bool:
    """True if a file that begins so is an OVSDB file, plain or packed with gzip."""
    return head.startswith(_DATABASE) or (
        head.startswith(b"\x1f\x8b") and gzip_start(head, 16).startswith(_DATABASE)
    )


def is_listing(head: bytes) -> bool:
    """True for the output of `list` or `show`, as people paste it."""
    return b"_uuid" in head or head.startswith((b"switch ", b"router ", b"Chassis "))


def is_inner_archive(parts: tuple[str, ...]) -> bool:
    """True for an archive in a dump that holds parts of it: the databases of a must-gather."""
    return parts[-2:-1] == ("network_logs",) and _is_archive(parts)


def is_dump_archive(parts: tuple[str, ...]) -> bool:
    """True for an archive that may be a dump of its own, put beside others in one folder."""
    return len(parts) <= 2 and _is_archive(parts) and not is_inner_archive(parts)


def _is_archive(parts: tuple[str, ...]) -> bool:
    name = parts[-1].lower()
    return name.endswith(_ARCHIVES) and not any(word in name for word in _NO_ARCHIVE)


def _is_log(parts: tuple[str, ...]) -> bool:
    # namespaces/<ns>/pods/<pod>/<container>/<container>/logs/current.log: most of a must-gather.
    return "logs" in parts[:-1] or "audit_logs" in parts or parts[-1].endswith(".log.gz")
