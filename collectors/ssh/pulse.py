"""Is the other end still there? Asked again and again while a connection is open.

TCP alone notices a host that lost its power only after many minutes.
"""

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import paramiko

# Any server answers it, with a refusal (RFC 4254, section 4).
_REQUEST = "keepalive@openssh.com"


class Pulse:
    """Asks every `interval_s` seconds; breaks the connection after `count` of them in silence."""

    def __init__(self, transport: "paramiko.Transport", interval_s: float, count: int) -> None:
        self.is_gone = False
        self._transport = transport
        self._interval_s, self._limit_s = interval_s, interval_s * count
        self._stopped = threading.Event()
        threading.Thread(target=self._beat, name="ssh keep-alive", daemon=True).start()

    def stop(self) -> None:
        """Ask no more."""
        self._stopped.set()

    def _beat(self) -> None:
        while not self._stopped.wait(self._interval_s):
            alarm = threading.Timer(self._limit_s, self._give_up)
            alarm.daemon = True
            alarm.start()
            try:
                self._transport.global_request(_REQUEST, wait=True)
            except Exception:  # it broke, in one of the library's many ways
                return
            finally:
                alarm.cancel()
            if not self._transport.is_active():
                return

    def _give_up(self) -> None:
        self.is_gone = True
        with contextlib.suppress(Exception):
            self._transport.close()
