"""One connection to a live source: opened, read and closed in a thread of its own, which keeps the newest frame.

Whoever feeds the graph never waits for a camera, and a camera never waits for the graph: pictures are read as fast as
they come, and dropped after decoding, where nobody has taken the one before. A read that hangs ends at its time-out;
until then the thread is left alone, since a container may only be closed by the thread that reads it.
"""

import threading
import time

from stream_ocr.capture import Beginning, Media, Passed, open_source, passed
from stream_ocr.config import GateConfig, SourceConfig
from stream_ocr.errors import SourceError, StageError, StreamOcrError
from stream_ocr.media import MediaInfo
from stream_ocr.messages import Frame
from stream_ocr.metrics import Meter
from stream_ocr.transport import Bell

__all__ = ["Connection"]

_PATIENCE = 0.1


class Connection:
    """Reads a source until it ends, fails, or is told to stop. Its attributes may be read from any thread."""

    def __init__(self, name: str, settings: SourceConfig, gate: GateConfig, beginning: Beginning, meter: Meter) -> None:
        """`meter` counts what is captured."""
        self.opened: MediaInfo | None = None
        """What is known of the source once it shows its first picture."""
        self.heard = time.monotonic()
        """When the last picture came; before the first one, when the connection was begun."""
        self.position = beginning.pts
        """Media time of the last picture."""
        self.seq = beginning.seq
        """Number of the next picture."""
        self.corrupt = 0
        self.problem: str | None = None
        self.over = False
        """No more frames will come, beyond the one that `take` may still give."""
        self.failure: StreamOcrError | None = StageError(f"{name}: its reader ended with the error above")
        """What ended it; None where it came to its end, or was told to stop."""
        self.lock = threading.Lock()
        """Held while the meter is touched."""
        self._name = name
        self._settings = settings
        self._gate = gate
        self._beginning = beginning
        self._meter = meter
        self._held: Passed | None = None
        self._changed = threading.Condition(self.lock)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"stream-ocr reader of {name}", daemon=True)

    def start(self, bell: Bell) -> None:
        """Begins; from now on the bell rings whenever there is something new to see here."""
        self._bell = bell
        self._thread.start()

    def stop(self) -> None:
        """Asks it to end; it does when its current read returns."""
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """Whether it has ended, after at most `timeout` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def newest(self) -> int | None:
        """The number of the frame that `take` would give now; it may give a newer one."""
        held = self._held
        return None if held is None else held.outline.seq

    def take(self) -> Frame | None:
        """The newest frame that was not taken yet."""
        with self._changed:
            held, self._held = self._held, None
            self._changed.notify()
        return None if held is None else held.frame()

    def _run(self) -> None:
        try:
            with open_source(self._name, self._settings, self._beginning.pts) as media:
                self._read(media)
            self.failure = None
        except SourceError as error:
            self.failure = error
        finally:
            self.over = True
            self._bell.ring()

    def _read(self, media: Media) -> None:
        self.heard = time.monotonic()
        self.opened = media.info
        self._bell.ring()
        # What it costs, without the waiting for what the camera sends.
        began = time.thread_time()
        for found in passed(self._name, media, self._gate, self._stop, self._beginning):
            self.heard = time.monotonic()
            with self._changed:
                self._meter.worked(time.thread_time() - began)
                self._meter.count("frames")
            self.position, self.seq = media.position, self.seq + 1
            self.corrupt, self.problem = media.corrupt, media.problem
            if found is not None:
                self._hand_over(found, wait=not media.info.live)
                self._bell.ring()
            began = time.thread_time()
        self.corrupt, self.problem = media.corrupt, media.problem

    def _hand_over(self, found: Passed, *, wait: bool) -> None:
        with self._changed:
            self._meter.count("passed")
            while wait and self._held is not None and not self._stop.is_set():
                self._changed.wait(_PATIENCE)
            if self._held is not None:
                found = found.after(self._held)
                self._meter.count("dropped")
            self._held = found
