"""JSON text to Python values: the one place that knows the parser."""

import json
from collections.abc import Callable
from typing import Any, Final, NoReturn

from collectors.ovsdbfile.trouble import BadRecordError


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


# The decoder's own methods look for blanks around the value, which costs a small record a third of
# its time.
_SCAN: Final[Callable[[str, int], tuple[Any, int]]] = vars(
    json.JSONDecoder(parse_constant=_refuse)
)["scan_once"]


def parse(text: bytes) -> Any:
    """The value of a whole JSON text without blanks before it; BadRecordError for what is none, and
    for half surrogates, which no UTF-8 can hold."""
    try:
        decoded = text.decode()
        value, end = _SCAN(decoded, 0)
        if decoded[end:].strip():
            raise BadRecordError(f"not JSON: more of it at character {end}")
        # A byte is looked for much faster than a few of them.
        if b"\\" in text and b"\\u" in text and (b"\\ud" in text or b"\\uD" in text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise BadRecordError("not UTF-8") from None
    except RecursionError:
        raise BadRecordError("not JSON: nested too deep") from None
    except StopIteration as error:
        raise BadRecordError(f"not JSON: no value at character {error.value}") from None
    except json.JSONDecodeError as error:
        raise BadRecordError(f"not JSON: {error.msg} at character {error.pos}") from None
    except ValueError as error:
        raise BadRecordError(f"not JSON: {error}") from None
    return value
