"""Dumps: a folder (or a tar of it) with what was collected, read back as if it were live."""

from collectors.dump.collector import Dump

__all__ = ["Dump"]
