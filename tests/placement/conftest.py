from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clips import make_clip
from frames import frame
from placement.processes import leaving_nothing

from stream_ocr.scene import Scene
from stream_ocr.transport import Context, Inbox, Outbox


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of the built-in scene, 10 pictures a second."""
    return make_clip(tmp_path_factory.mktemp("placement") / "scene.mp4", scene=Scene((640, 360), 10.0, 5.0, 1))


@pytest.fixture(scope="session")
def _used() -> None:
    """The first picture that is sent without a copy opens what pyzmq keeps for good."""

    def send() -> None:
        with Outbox(context, "inproc://used") as outbox:
            outbox.put(frame(0.0))

    with Context() as context, Inbox(context, "inproc://used") as inbox, ThreadPoolExecutor(1) as thread:
        sent = thread.submit(send)
        assert inbox.receive(5.0) is not None
        sent.result()


@pytest.fixture(autouse=True)
def _left_behind(clip: Path, _used: None) -> Iterator[None]:
    del clip
    with leaving_nothing():
        yield
