"""A run without pictures: the sinks of a config, and events as if they had been read, until it is killed.

python saying.py CONFIG    20 events a second of each source
"""

import itertools
import secrets
import signal
import sys
import threading
from pathlib import Path

import msgspec
from texts import ONLINE, event

from stream_ocr.configfile import load
from stream_ocr.sinks.outlet import SinkDesk
from stream_ocr.sinks.outlets import event_outlets
from stream_ocr.transport import Context, security_of

_EVERY = 0.05


def main() -> None:
    """Speaks until SIGUSR1, delivers until SIGTERM."""
    stop, silent = threading.Event(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGUSR1, lambda *_: silent.set())
    config = load(Path(sys.argv[1]))
    desk = SinkDesk(stop, live=True)
    run = secrets.token_hex(6)
    with Context(security_of(config.security)) as context:
        outlets = event_outlets(config.sinks, [], context, desk)
        for source in config.sources:
            outlets.put(msgspec.structs.replace(ONLINE, source=source, live=True))
        numbers = itertools.count(1)
        for turn in itertools.count():
            if stop.wait(_EVERY):
                break
            if silent.is_set():
                continue
            for source in config.sources:
                seq = next(numbers)
                said = event(source=source, track=turn, seq=seq, text=f"{source} {seq}", id=f"{run}-{seq}")
                outlets.put(said)
        outlets.close()


if __name__ == "__main__":
    main()
