"""Expected trouble with a server, while it travels from the socket to the collector."""

from typing import Final

from collectors.tool_failure import Failure
from ovntrace.model.capture import Reason

_MOST: Final = 500  # characters of a detail, in which there may be a server's words


class OvsdbTroubleError(Exception):
    """A server can't be read; `failure` says why. Never leaves the collector."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


def trouble(reason: Reason, detail: str, hint: str = "") -> OvsdbTroubleError:
    """The exception for a failure with these words, on one line whatever a server put into them."""
    return OvsdbTroubleError(Failure(reason, " ".join(detail[:_MOST].split()), hint))
