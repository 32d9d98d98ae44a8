import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from doors import free_endpoint
from placement.workers import config_of

from stream_ocr.config import Config
from stream_ocr.errors import ModelError, StageError, WireError
from stream_ocr.messages import EndOfStream
from stream_ocr.placement import post as module
from stream_ocr.placement.post import Job, Post
from stream_ocr.transport import Came, Context, Gone, Ready

IDLE = "import sys; sys.stdin.read()"


@pytest.fixture
def context() -> Iterator[Context]:
    with Context() as made:
        yield made


def _job(config: Config, stage: str = "track") -> Job:
    return Job("stage", stage, config.stages.movable()[stage])


def _post(context: Context, config: Config, stage: str = "track") -> Post:
    return Post(_job(config, stage), config, context, threading.Event())


def _instead(post: Post, program: str) -> None:
    """Another program is run in place of the worker."""
    assert post._child is not None
    post._child._command = [sys.executable, "-c", program]


def _gone(post: Post) -> str:
    while not isinstance(news := post.take(0.5), Gone):
        assert news is None or isinstance(news, Came | Ready)
    return news.cause


def test_a_process_is_waited_for(context: Context) -> None:
    with _post(context, config_of("track", "process")) as post:
        post.open()
        assert post.desk.ready
        assert not post.vacant


def test_another_machine_is_not(context: Context) -> None:
    with _post(context, config_of("track", "tcp://127.0.0.1:65001")) as post:
        post.open()
        assert not post.desk.ready


def test_a_process_that_dies_before_it_is_ready_is_not_started_again(context: Context) -> None:
    with _post(context, config_of("track", "process")) as post:
        _instead(post, "raise SystemExit(3)")
        with pytest.raises(StageError, match=r"^track: its process ended with exit code 3 before it was ready$"):
            post.open()


def test_what_a_process_says_of_its_end_is_its_error(context: Context) -> None:
    config = config_of("classify", "process")
    broken = Config(sources=config.sources, stages=config.stages, ocr=type(config.ocr)(model="PP-OCRv99"))
    with _post(context, broken, "classify") as post, pytest.raises(ModelError, match="PP-OCRv6-small"):
        post.open()


def test_a_run_that_is_to_end_waits_for_nobody(context: Context) -> None:
    config = config_of("track", "process")
    stop = threading.Event()
    with Post(_job(config), config, context, stop) as post:
        _instead(post, IDLE)
        stop.set()
        post.open()
        assert post.vacant


def test_a_process_that_does_not_report_is_replaced(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STARTING", 0.1)
    with _post(context, config_of("track", "process")) as post:
        _instead(post, IDLE)
        assert post._child is not None
        post._opened = True
        post._start(post._child)
        for _ in range(5):
            assert _gone(post) == "its process did not report within 0.1 s"
        assert str(post.failed) == "track: its process did not report within 0.1 s, 5 times within a minute"
        assert post.vacant
        assert post.take(0.2) is None


def test_deaths_that_are_long_ago_do_not_count(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WITHIN", 0.0)
    with _post(context, config_of("track", "process")) as post:
        _instead(post, "raise SystemExit(1)")
        assert post._child is not None
        post._opened = True
        post._start(post._child)
        for _ in range(7):
            assert _gone(post) == "its process ended with exit code 1"
        assert post.failed is None


def test_a_post_that_cannot_be_had_leaves_nothing(context: Context) -> None:
    config = config_of("track", free_endpoint())
    with _post(context, config), pytest.raises(WireError, match="cannot bind: the port is in use"):
        _post(context, config)


def test_the_sockets_of_a_process_are_for_its_user_alone(context: Context) -> None:
    with _post(context, config_of("track", "process")) as post:
        endpoint = post.desk._socket.getsockopt_string(32)
        folder = endpoint.removeprefix("ipc://").rpartition("/")[0]
        assert Path(folder).stat().st_mode & 0o777 == 0o700


def test_why_a_process_is_gone_is_told_by_its_end_not_by_its_connection(context: Context) -> None:
    with _post(context, config_of("track", "process")) as post:
        post.open()
        child = post._child
        assert child is not None
        assert child._process is not None
        os.kill(child._process.pid, signal.SIGKILL)
        while post.desk.ready:
            # The first to notice is who hands something out.
            post.desk.give(1, EndOfStream(source="desk"))
        assert _gone(post) == "its process was killed by SIGKILL"
