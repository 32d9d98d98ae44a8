"""Events, and the best picture of each text, in a store that can be searched."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from stream_ocr import durations, jpeg
from stream_ocr.config import SqliteSink
from stream_ocr.errors import DamagedStoreError, SinkGoneError, StageError, StoreError
from stream_ocr.messages import Crop, TextEvent
from stream_ocr.sinks import Item
from stream_ocr.store import CropFile, Store
from stream_ocr.transport import Context

__all__ = ["Sqlite"]


class Sqlite:
    """Stores text events and crops; status and stats are passed over. Raises StageError where it cannot be opened."""

    def __init__(self, settings: SqliteSink, context: Context) -> None:
        del context
        keep = None if settings.keep is None else durations.seconds(settings.keep)
        with _as_sink():
            self._store = Store(Path(settings.path), keep=keep, max_events=settings.max_events)

    def write(self, item: Item) -> None:
        """Takes the event, and stores what came before it when it is time to.

        Raises StageError when that fails: it is held, and stored with what comes later. Raises SinkGoneError when the
        store is damaged.
        """
        with _as_sink():
            if isinstance(item, TextEvent):
                self._store.add(item)

    def show(self, crop: Crop) -> None:
        """Takes the best picture of a text. Raises as `write` does."""
        with _as_sink():
            self._store.add(_file(crop))

    def poll(self) -> None:
        """Stores what came. Raises as `write` does."""
        with _as_sink():
            self._store.flush()

    def close(self) -> None:
        """Stores what came, and closes the store. Raises as `write` does."""
        with _as_sink():
            self._store.close()


def _file(crop: Crop) -> CropFile:
    picture = bytes(jpeg.encode(crop.image))
    return CropFile(run=crop.run, source=crop.source, track=crop.track, quality=crop.quality, jpeg=picture)


@contextlib.contextmanager
def _as_sink() -> Iterator[None]:
    """Trouble with the store, as sinks tell it."""
    try:
        yield
    except DamagedStoreError as error:
        raise SinkGoneError(str(error)) from error
    except StoreError as error:
        raise StageError(str(error)) from error
