"""That the cameras of the tests are cameras: read with PyAV alone, without anything of ours in between."""

import itertools
from dataclasses import replace

import av
import numpy as np
import pytest
from broadcasts import HlsChannel, MjpegCamera
from cameras import Codec, Feed, RtspCamera, Scheme, notice, scenery
from rtmp import RtmpChannel

from stream_ocr.messages import Image
from stream_ocr.scene import Scene

SMALL = notice("GATE 12", (320, 240))
TCP = {"rtsp_transport": "tcp", "analyzeduration": "300000"}


def watched(uri: str, count: int = 8, **options: str) -> list[Image]:
    """The first pictures, BGR."""
    found: list[Image] = []
    with av.open(uri, options={**TCP, **options}, timeout=(10, 5)) as container:
        for frame in container.decode(video=0):
            found.append(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
            if len(found) == count:
                break
    return found


def shows(image: Image, feed: Feed) -> bool:
    """It is one of the feed's pictures, but for the encoder."""
    return min(float(np.abs(image.astype(int) - picture).mean()) for picture in feed.pictures) < 8


@pytest.mark.parametrize("codec", ["h264", "h265", "mjpeg"])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_rtsp(codec: Codec, transport: str) -> None:
    feed = replace(SMALL, codec=codec)
    with RtspCamera(feed) as camera:
        found = watched(camera.uri, rtsp_transport=transport)
    assert all(shows(image, feed) for image in found)
    assert len({image.tobytes() for image in found}) > 4


def test_other_size_codec_and_text_on_the_same_port() -> None:
    second = notice("GATE 13", (480, 320), codec="mjpeg")
    with RtspCamera(SMALL) as camera:
        port = camera.port
        assert shows(watched(camera.uri, 3)[-1], SMALL)
        camera.kill()
        with pytest.raises(ConnectionRefusedError):
            watched(camera.uri)
        camera.start(second)
        assert camera.port == port
        assert shows(watched(camera.uri, 3)[-1], second)


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_login(scheme: Scheme) -> None:
    with RtspCamera(SMALL, login=("us er", "p@ss:/?#%"), scheme=scheme) as camera:
        assert watched(camera.uri, 2)
        with pytest.raises(av.HTTPUnauthorizedError):
            watched(camera.uri_at(camera.port, login=("us er", "wrong")))


def test_tls() -> None:
    with RtspCamera(SMALL, tls=True) as camera, RtspCamera(SMALL, tls=True) as other:
        assert camera.uri.startswith("rtsps://")
        assert watched(camera.uri, 2, tls_verify="1", ca_file=str(camera.authority))
        with pytest.raises(OSError, match="rtsps"):
            watched(camera.uri, 2, tls_verify="1", ca_file=str(other.authority))


def test_held_video_and_sound_that_goes_on() -> None:
    with (
        RtspCamera(replace(SMALL, sound=True)) as camera,
        av.open(camera.uri, options=TCP, timeout=(10, 5)) as container,
    ):
        kinds = (packet.stream.type for packet in container.demux())
        camera.hold()
        alone = 0
        while alone < 10:
            alone = alone + 1 if next(kinds) == "audio" else 0
        camera.flow()
        assert "video" in itertools.islice(kinds, 50)


def test_a_scene_has_its_truth() -> None:
    scene = Scene((320, 240), rate=10, length=2)
    with RtspCamera(scenery(scene)) as camera:
        assert all(shows(image, scenery(scene)) for image in watched(camera.uri))


def test_motion_jpeg_over_http() -> None:
    with MjpegCamera(SMALL, login=("user", "pa:ss")) as camera:
        assert all(shows(image, SMALL) for image in watched(camera.uri))
        with pytest.raises(av.HTTPUnauthorizedError):
            watched(camera.uri_of("/video", login=("user", "wrong")))
        with pytest.raises(av.HTTPNotFoundError):
            watched(camera.uri_of("/film"))


def test_motion_jpeg_that_ends() -> None:
    with MjpegCamera(SMALL) as camera, av.open(camera.uri, options=TCP, timeout=(10, 5)) as container:
        frames = container.decode(video=0)
        next(frames)
        camera.finish()
        with pytest.raises(OSError, match="Input/output error"):
            list(frames)


def test_hls_live_goes_on() -> None:
    with HlsChannel(SMALL) as channel:
        found = watched(channel.uri, 60)
    assert all(shows(image, SMALL) for image in found)


def test_hls_on_demand_ends() -> None:
    with HlsChannel(SMALL, live=False) as channel, av.open(channel.uri, timeout=(10, 5)) as container:
        assert container.duration == 2_000_000
        assert sum(1 for _ in container.decode(video=0)) == 20


def test_rtmp() -> None:
    with RtmpChannel(SMALL) as channel:
        assert all(shows(image, SMALL) for image in watched(channel.uri))
