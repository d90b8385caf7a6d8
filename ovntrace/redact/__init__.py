"""Names and addresses of a dump replaced by stand-ins, so that it can be given away.

The same value has always the same stand-in, so that joins hold; subnets contain what they
contained, so that verdicts hold. The core is pure: texts and rows in, texts out.
"""

from ovntrace.redact.of_objects import name_of_object, names_of_object
from ovntrace.redact.of_rows import names_of_row
from ovntrace.redact.originals import Originals
from ovntrace.redact.redactor import Redactor, addresses_of, clashes, new_key

__all__ = [
    "Originals",
    "Redactor",
    "addresses_of",
    "clashes",
    "name_of_object",
    "names_of_object",
    "names_of_row",
    "new_key",
]
