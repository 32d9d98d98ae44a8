from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import counting, make_clip, shared

from stream_ocr.config import SourceConfig
from stream_ocr.errors import SourceError
from stream_ocr.media import Decoded
from stream_ocr.scene import Scene
from stream_ocr.sources import FolderReader, SceneReader, open_reader


def read(config: SourceConfig, start: float = 0.0) -> list[Decoded]:
    with closing(open_reader("desk", config)) as reader:
        return list(reader.pictures(start))


def refused(config: SourceConfig) -> str:
    with pytest.raises(SourceError) as caught:
        open_reader("desk", config)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_scene_has_defaults() -> None:
    with closing(open_reader("desk", SourceConfig(uri="test:"))) as reader:
        assert isinstance(reader, SceneReader)
        info = reader.info
        assert (info.size, info.rate, info.duration, info.live, info.codec) == ((1280, 720), 30, 20.0, False, "test")


def test_the_scene_takes_options() -> None:
    found = read(SourceConfig(uri="test:size=320x180&rate=10&length=1.5&seed=7"))
    scene = Scene((320, 180), 10, 1.5, 7)
    assert [picture.pts for picture in found] == pytest.approx([index / 10 for index in range(15)])
    assert np.array_equal(found[9].bgr(), scene.picture(0.9))


def test_the_scene_begins_at_start() -> None:
    found = read(SourceConfig(uri="test:size=320x180&rate=10&length=2"), 1.65)
    assert [picture.pts for picture in found] == pytest.approx([1.7, 1.8, 1.9])


def test_an_endless_scene_goes_on() -> None:
    with closing(open_reader("desk", SourceConfig(uri="test:size=64x64&rate=1&length=0"))) as reader:
        assert reader.info.duration is None
        assert next(reader.pictures(100_000.0)).pts == 100_000.0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("speed=3", "desk: test:speed=3: object contains unknown field speed (options: size, rate, length, seed)"),
        ("rate=fast", "desk: test:rate=fast: expected float, got str - at rate"),
        ("rate=0", "expected float >= 0.1 - at rate"),
        ("size=big", "- at size"),
        ("size=10x720", "expected a size from 64 to 4096 pixels, got 10x720"),
        ("size=720x9000", "expected a size from 64 to 4096 pixels, got 720x9000"),
        ("length=-1", "expected float >= 0.0 - at length"),
        ("seed", "expected int, got str - at seed"),
    ],
)
def test_wrong_options_of_the_scene(options: str, expected: str) -> None:
    assert expected in refused(SourceConfig(uri=f"test:{options}"))


def picture_folder(folder: Path) -> Path:
    """Pictures of several sizes and formats, named so that the order of characters would be wrong."""
    folder.mkdir()
    for index, name in [(2, "page10.png"), (0, "page1.jpg"), (1, "page2.bmp"), (3, "plan.tiff")]:
        cv2.imwrite(str(folder / name), counting(index + 1, (160 + 10 * index, 96))[index])
    return folder


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    with closing(open_reader("desk", SourceConfig(uri=str(picture_folder(tmp_path / "in"))))) as reader:
        assert isinstance(reader, FolderReader)
        assert (reader.info.size, reader.info.rate, reader.info.duration) == ((160, 96), 1.0, 4.0)
        found = list(reader.pictures(0.0))
    assert [picture.pts for picture in found] == [0.0, 1.0, 2.0, 3.0]
    assert [picture.luma.shape for picture in found] == [(96, 160), (96, 170), (96, 180), (96, 190)]
    assert (reader.corrupt, reader.problem) == (0, None)
    expected = counting(3, (180, 96))[2]
    assert np.array_equal(found[2].bgr(), expected)


def test_a_folder_has_a_rate_and_a_start(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "in")
    assert [picture.pts for picture in read(SourceConfig(uri=str(folder), rate=5), 0.4)] == pytest.approx([0.4, 0.6])


def test_what_is_no_picture_is_passed_over_and_counted(tmp_path: Path) -> None:
    folder = picture_folder(tmp_path / "in")
    (folder / "notes.txt").write_text("not a picture")
    (folder / ".hidden").write_text("not listed")
    (folder / "inner").mkdir()
    (folder / "page0.png").write_bytes(b"\x89PNG but broken")
    (folder / "page3.png").write_bytes(b"")
    with closing(open_reader("desk", SourceConfig(uri=str(folder)))) as reader:
        found = list(reader.pictures(0.0))
    assert [picture.pts for picture in found] == [1.0, 2.0, 4.0, 5.0]
    assert reader.corrupt == 2
    assert reader.problem == "1 of 7 files are no pictures and were passed over"


def test_names_that_mean_something_to_ffmpeg(tmp_path: Path) -> None:
    names = ["100%.png", "a%03d.png", "b:c.png", "q?.png", "[1].jpg"]
    for name in names:
        cv2.imwrite(str(tmp_path / name), counting(1)[0])
    assert len(read(SourceConfig(uri=str(tmp_path)))) == len(names)


def test_folders_without_pictures(tmp_path: Path) -> None:
    assert refused(SourceConfig(uri=str(tmp_path))) == (
        f"desk: {tmp_path}: expected a folder with pictures, found none among 0 files"
    )
    (tmp_path / "clip.mp4").write_bytes(b"")
    assert "found none among 1 files" in refused(SourceConfig(uri=str(tmp_path)))
    (tmp_path / "a.png").write_bytes(b"")
    assert "none of the 1 can be decoded" in refused(SourceConfig(uri=str(tmp_path)))


def test_a_file_may_be_named_in_several_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_clip(tmp_path / "a b%20:c.mp4", pictures=counting(3))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for uri in (str(path), path.name, f"~/{path.name}", path.as_uri()):
        assert len(read(SourceConfig(uri=uri))) == 3
    assert len(read(SourceConfig(uri=str(path), format="mp4"))) == 3


def test_raw_video_with_format_and_options(tmp_path: Path) -> None:
    path = tmp_path / "raw"
    path.write_bytes(bytes(64 * 48) * 5)
    options = {"video_size": "64x48", "pixel_format": "gray", "framerate": "10"}
    found = read(SourceConfig(uri=str(path), format="rawvideo", options=options))
    assert [picture.pts for picture in found] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(("pace", "live"), [("auto", True), ("realtime", True), ("max", False)])
def test_lavfi_stands_in_for_a_camera(pace: str, live: bool) -> None:
    graph = "testsrc2=size=64x48:rate=30:duration=0.2" + ",null" * 60
    config = SourceConfig(uri=graph, format="lavfi", pace=pace)  # type: ignore[arg-type]
    with closing(open_reader("cam", config)) as reader:
        assert reader.info.live is live
        assert len(list(reader.pictures(0.0))) == 6


def test_missing_empty_and_wrong_files(tmp_path: Path) -> None:
    missing = tmp_path / "nothing.mp4"
    assert refused(SourceConfig(uri=str(missing))) == (
        f"desk: {missing}: expected a video file or a folder of pictures, got: No such file or directory"
    )
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert refused(SourceConfig(uri=str(empty))) == f"desk: {empty}: expected a video, but the file is empty"
    text = tmp_path / "notes.txt"
    text.write_text("Meeting at noon\n" * 40)
    assert refused(SourceConfig(uri=str(text))).startswith(f"desk: {text}: expected video, found")
    assert "embedded null byte" in refused(SourceConfig(uri="a\0b"))


def test_cameras_that_are_not_there() -> None:
    assert refused(SourceConfig(uri="webcam:93")) == (
        "desk: webcam:93: expected a camera at /dev/video93, got: no such device"
    )
    assert "/dev/nothing" in refused(SourceConfig(uri="webcam:/dev/nothing"))


def test_what_is_no_camera_is_refused_by_the_driver() -> None:
    message = refused(SourceConfig(uri="webcam:/dev/null", size="640x480", rate=15))
    assert message == "desk: webcam:/dev/null: it is no camera"


def test_unknown_filters_formats_and_protocols() -> None:
    assert "cannot be opened" in refused(SourceConfig(uri="nosuchfilter=3", format="lavfi"))
    assert "no container format" in refused(SourceConfig(uri="a.mp4", format="nonsense"))
    assert refused(SourceConfig(uri="gopherx://host/a")) == "desk: gopherx://host/a: FFmpeg has no protocol gopherx"


@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_addresses_that_do_not_answer(scheme: str) -> None:
    message = refused(SourceConfig(uri=f"{scheme}://me:s3cret@127.0.0.1:1/a"))
    assert message == f"desk: {scheme}://***@127.0.0.1:1/a: connection refused: nobody listens there"


def test_real_pictures() -> None:
    folder = shared("images")
    with closing(open_reader("desk", SourceConfig(uri=str(folder)))) as reader:
        found = sum(1 for _ in reader.pictures(0.0))
    assert found == len([path for path in folder.iterdir() if path.suffix not in {".txt", ".json"}])
    assert reader.corrupt == 0


def test_the_orientation_of_a_photograph_is_applied() -> None:
    path = shared("images", "img_exif_orientation.jpg")
    picture = read(SourceConfig(uri=str(path)))[0]
    reference = cv2.imread(str(path))
    assert reference is not None
    assert np.abs(picture.bgr().astype(int) - reference).mean() < 3
