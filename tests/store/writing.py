"""Writes events into a store until it is killed, and says on standard output what it has committed."""

import sys
from itertools import count
from pathlib import Path

from texts import RUN, event

from stream_ocr.store import CropFile, Store


def main(path: str) -> None:
    """A few events at a time, each with a picture; every text comes, gets better and goes."""
    kinds = ("appear", "update", "disappear")
    with Store(Path(path), max_events=500) as store:
        for seq in count(1):
            track, step = divmod(seq - 1, 3)
            store.add(event(kind=kinds[step], seq=seq, track=track, text=f"text {seq} of {track}"))
            store.add(CropFile(run=RUN, source="desk", track=track, quality=step + 1.0, jpeg=b"\xff\xd8" * 500))
            if seq % 7 == 0:
                store.flush()
                sys.stdout.write(f"{seq}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
