"""OVSDB's database files, read without ovsdb-server (ovsdb(5), ovsdb(7)).

Standalone files are a log: a schema, then transactions, most of which hold only what they change.
Clustered ones are a raft log with a snapshot.
"""

from collectors.ovsdbfile.contents import FileContents
from collectors.ovsdbfile.reading import is_database_file, read_database_file

__all__ = ["FileContents", "is_database_file", "read_database_file"]
