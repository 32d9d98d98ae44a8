"""The heartbeat of a worker: signs of life for as long as it goes round, or computes.

One that is stopped, or hangs without computing, has none. One that compiles a model for half a minute has.
"""

import threading
import time
from types import TracebackType
from typing import Self

from stream_ocr.transport import Beat, Context
from stream_ocr.transport.desk import BEAT_EVERY

__all__ = ["Heartbeat"]

_COMPUTING = 0.01
"""Share of a processor from which the process computes; this thread alone takes a hundredth of that."""


class Heartbeat:
    """A thread beside the one that works, while it is entered."""

    def __init__(self, context: Context, endpoint: str) -> None:
        self.session = b""
        """For whom it beats."""
        self.rounds = 0
        """Counted up by who works, each time they look for work."""
        self._context = context
        self._endpoint = endpoint
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="stream-ocr heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        rounds, computed = self.rounds, time.process_time()
        with Beat(self._context, self._endpoint) as beat:
            while not self._over.wait(BEAT_EVERY):
                worked = time.process_time() - computed > _COMPUTING * BEAT_EVERY
                if self.session and (worked or self.rounds != rounds):
                    beat.beat(self.session)
                rounds, computed = self.rounds, time.process_time()
