"""What was read, kept in a file of SQLite: written by a run, searched while it writes.

`Store` is the side that writes, `Archive` the one that reads. The schema, and what it promises, stands in `schema`.
"""

from stream_ocr.store.archive import Archive, Wanted
from stream_ocr.store.opening import inspect
from stream_ocr.store.rows import CropFile, Sighting, Stored
from stream_ocr.store.store import Store

__all__ = ["Archive", "CropFile", "Sighting", "Store", "Stored", "Wanted", "inspect"]
