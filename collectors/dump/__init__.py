"""Dumps: a folder (or a tar of it) with what was collected, read back as if it were live."""

from collectors.dump.collector import Dump
from collectors.dump.writer import write_dump

__all__ = ["Dump", "write_dump"]
