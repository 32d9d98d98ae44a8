"""Sources that share a stage get equal shares of it, however hard they press."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import cv2
import numpy as np
import pytest
from frames import frame

from stream_ocr.messages import Frame
from stream_ocr.transport import Context, Inbox, Outbox

SOON = 10.0
ROUNDS = 40
SOURCES = ("file one", "file two", "camera one", "camera two")
Send = Callable[[Context, str, str, threading.Event], None]


def _file(context: Context, endpoint: str, source: str, stop: threading.Event) -> None:
    """Waits for its turn with every frame."""
    with Outbox(context, endpoint) as outbox:
        while not stop.is_set():
            outbox.put(frame(0.0, source=source), timeout=SOON)


def _camera(context: Context, endpoint: str, source: str, stop: threading.Event) -> None:
    """Has a new frame every millisecond, and waits for nobody."""
    with Outbox(context, endpoint) as outbox:
        while not stop.wait(0.001):
            outbox.offer(frame(0.0, source=source))


def _work(picture: Frame) -> None:
    """Takes some milliseconds, during which every source has the next frame ready."""
    cv2.GaussianBlur(np.tile(picture.image, (3, 3, 1)), (31, 31), 0)


@pytest.mark.parametrize("scheme", ["inproc", "ipc"])
def test_four_sources_that_always_have_something_get_equal_shares(scheme: str, tmp_path: Path) -> None:
    endpoint = "inproc://link" if scheme == "inproc" else f"ipc://{tmp_path}/link"
    stop = threading.Event()
    came: Counter[str] = Counter()
    with Context() as context, ThreadPoolExecutor(len(SOURCES)) as threads, Inbox(context, endpoint) as inbox:
        senders = [
            threads.submit(_file if source.startswith("file") else _camera, context, endpoint, source, stop)
            for source in SOURCES
        ]
        while len(came) < len(SOURCES):
            # The shares are counted from when all have begun.
            message = inbox.receive(SOON)
            assert isinstance(message, Frame)
            came[message.source] += 1
        came.clear()
        for _ in range(ROUNDS * len(SOURCES)):
            message = inbox.receive(SOON)
            assert isinstance(message, Frame)
            _work(message)
            came[message.source] += 1
        stop.set()
        while wait(senders, timeout=0).not_done:
            inbox.receive(0.05)
        for sender in senders:
            sender.result()
    assert came.keys() == set(SOURCES)
    assert all(abs(count - ROUNDS) <= 0.05 * ROUNDS for count in came.values())
