"""The Python API, with the real models and sockets."""

import threading
from itertools import islice
from pathlib import Path

import cv2
import msgspec
import pytest
from frames import picture
from texts import APPEAR, gone, timeless

import stream_ocr
from stream_ocr.api import media_config, source_name
from stream_ocr.errors import ConfigError, SourceError
from stream_ocr.messages import TextEvent
from stream_ocr.testing import replay
from stream_ocr.transport import Context, Publisher

SHORT = "test:size=640x360&rate=10&length=2&seed=1"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("test:size=640x360", "test"),
        ("webcam:0", "webcam"),
        ("clips/news of today.mp4", "news-of-today"),
        ("rtsp://user:secret@camera.local:554/stream", "camera-local"),
        ("http://10.0.0.7/video", "10-0-0-7"),
        ("/", "source"),
    ],
)
def test_source_name(uri: str, name: str) -> None:
    assert source_name(uri) == name


def test_media_config_takes_sections_and_settings_of_the_source() -> None:
    config = media_config("a.mp4", {"source": {"stop": 3.0}, "stages": {"detect": {"max_side": 736}}})
    assert config.sources["a"].stop == 3.0
    assert config.stages.detect.max_side == 736
    with pytest.raises(ConfigError, match=r"sources\.a: unknown key speed"):
        media_config("a.mp4", {"source": {"speed": 3.0}})


def test_read_a_picture_from_an_array_and_from_a_file(tmp_path: Path) -> None:
    image = picture(("EXIT 25", (100, 200)))
    (line,) = stream_ocr.read(image, ocr={"precision": "f32"})
    assert line.text == "EXIT 25"
    assert line.confidence > 0.9
    path = tmp_path / "sign.png"
    cv2.imwrite(str(path), image)
    assert [found.text for found in stream_ocr.read(path, ocr={"precision": "f32"})] == ["EXIT 25"]


def test_read_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing\.png"):
        stream_ocr.read(tmp_path / "nothing.png")


def test_two_replays_give_equal_events() -> None:
    one, other = ([timeless(event) for event in replay(SHORT)] for _ in range(2))
    assert one == other
    assert "EXIT 25" in {event.text for event in one}


def test_leaving_the_loop_stops_the_run() -> None:
    endless = stream_ocr.events("test:size=640x360&length=0", ocr={"precision": "f32"})
    (first,) = islice(endless, 1)
    assert first.kind == "appear"
    endless.close()  # type: ignore[attr-defined]
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("stream-ocr")] == []


def test_a_failure_reaches_the_loop(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nothing\.mp4"):
        next(stream_ocr.events(tmp_path / "nothing.mp4"))


def test_run_takes_a_file_a_mapping_or_a_config(tmp_path: Path) -> None:
    content = {"sources": {"test": {"uri": SHORT}}, "ocr": {"precision": "f32"}}
    path = tmp_path / "run.yaml"
    path.write_bytes(msgspec.yaml.encode(content))
    reports = [
        stream_ocr.run(path),
        stream_ocr.run(content),
        stream_ocr.run(media_config(SHORT, {"ocr": content["ocr"]})),
    ]
    assert reports[0] == reports[1] == reports[2]
    assert reports[0].sources == {"test": None}
    assert reports[0].events["appear"] > 0


def test_a_subscriber_hears_each_event_once(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path}/events"
    heard: list[TextEvent] = []
    with Context() as context, Publisher(context, endpoint) as publisher:
        thread = threading.Thread(target=lambda: heard.extend(islice(stream_ocr.subscribe(endpoint, timeout=10), 2)))
        thread.start()
        while not publisher.subscriptions():
            assert thread.is_alive()
        for event in (APPEAR, APPEAR, gone()):
            publisher.publish(f"event/desk/{event.kind}", msgspec.json.encode(event))
        thread.join(timeout=10)
    assert heard == [APPEAR, gone()]


def test_a_subscriber_gives_up_after_its_timeout(tmp_path: Path) -> None:
    assert list(stream_ocr.subscribe(f"ipc://{tmp_path}/nobody", timeout=0.05)) == []


def test_unknown_attributes_are_told() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        stream_ocr.nonsense  # noqa: B018
