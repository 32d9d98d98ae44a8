"""The thread at the doors: that it counts, that it goes when it should, and that it leaves nothing behind."""

import subprocess
import sys
import threading
from pathlib import Path

from doors import DOORS, Keys, eventually, opened
from strangers import connected

from stream_ocr.transport import Context, Inbox, Outbox, Publisher


def test_connections_are_counted_while_the_owner_does_nothing(keys: Keys) -> None:
    with opened("events", keys) as door:
        # Three events each: more than ZeroMQ holds for somebody who does not read them.
        for _ in range(1000):
            connected(door.endpoint).close()
        eventually(lambda: door.refused == 1000)
        door.exchange()


def test_nothing_is_left_behind(keys: Keys) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    with opened("events", keys) as door:
        door.exchange()
    before, threads = descriptors(), threading.active_count()
    for kind in (*DOORS, *DOORS):
        with opened(kind, keys) as door:
            assert any(thread.name == "stream-ocr doorkeeper" for thread in threading.enumerate())
            door.exchange()
    assert not any(thread.name == "stream-ocr doorkeeper" for thread in threading.enumerate())
    assert (descriptors(), threading.active_count()) == (before, threads)


def test_a_context_may_end_as_soon_as_it_has_begun(keys: Keys) -> None:
    for _ in range(100):
        with Context(keys.inside()) as context, Publisher(context, "tcp://127.0.0.1:*"):
            pass


def test_it_may_end_before_its_doorkeeper_has_looked_up() -> None:
    program = """
from stream_ocr.transport import Context, Publisher
from stream_ocr.transport.doorkeeper import Doorkeeper

Doorkeeper._take_on = lambda self, *_: self._ear.recv(1)
with Context() as context, Publisher(context, "tcp://127.0.0.1:*"):
    pass
"""
    _run(program)


def test_sockets_that_come_and_go_are_forgotten(keys: Keys) -> None:
    with Context(keys.inside()) as context:
        for _ in range(20):
            with Publisher(context, "tcp://127.0.0.1:*", linger=0) as publisher:
                connected(publisher.endpoint).close()
                eventually(lambda: publisher.refused == 1)
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(20):
            with Publisher(context, "tcp://127.0.0.1:*", linger=0) as publisher:
                pass
        eventually(lambda: len(list(Path("/proc/self/fd").iterdir())) <= before)


def test_within_one_process_nobody_is_needed() -> None:
    with Context() as context, Inbox(context, "inproc://link"), Outbox(context, "inproc://link"):
        assert not any(thread.name == "stream-ocr doorkeeper" for thread in threading.enumerate())


def test_a_program_that_leaves_a_socket_open_ends_all_the_same(tmp_path: Path) -> None:
    program = f"""
from stream_ocr.transport import Context, Subscriber

def listening():
    with Context() as context, Subscriber(context, "ipc://{tmp_path}/nobody", [""]):
        yield

kept = listening()
next(kept)
"""
    _run(program)


def _run(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=30, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
