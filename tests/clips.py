"""Small clips made with PyAV, from the built-in scene or from pictures; and ways to spoil them."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av  # the clips are made here, for all tests
import av.video
import cv2
import numpy as np
import pytest

from stream_ocr.messages import Image
from stream_ocr.scene import Scene

ROOT = Path(__file__).resolve().parent.parent


def shared(kind: str, name: str = "") -> Path:
    """A file or folder of the real clips (`clips`) or pictures (`images`); skips the test where they are absent."""
    path = ROOT.parent / "shared" / kind / name
    if not path.exists():
        pytest.skip(f"{kind}/{name} is not there: real material is not part of the project")
    return path


def make_clip(
    path: Path,
    *,
    scene: Scene | None = None,
    pictures: Iterable[Image] | None = None,
    rate: float = 25.0,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    pts: Sequence[int] | None = None,
    options: Mapping[str, str] | None = None,
    muxer: Mapping[str, str] | None = None,
    rotation: int = 0,
) -> Path:
    """Writes a clip; the ending of `path` says which container.

    `scene` brings its own rate and length. `pictures` are BGR, all of one size. `pts` are in frames (1 / `rate`).
    `options` are the encoder's, `muxer` the container's.
    `rotation`: degrees counter-clockwise by which a player is to turn the pictures.
    """
    if scene is not None:
        rate = scene.rate
        pictures = (scene.picture(index / rate) for index in range(scene.frames or 0))
    with av.open(str(path), "w", options=dict(muxer or {})) as container:
        whole_rate = Fraction(rate).limit_denominator(1000)
        stream = container.add_stream(codec, rate=whole_rate, options=dict(options or {}))
        assert isinstance(stream, av.video.VideoStream)
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = 1 / whole_rate
        if rotation:
            stream.set_display_rotation(rotation)
        for index, picture in enumerate(pictures or ()):
            if index == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
            frame.time_base = 1 / whole_rate
            frame.pts = index if pts is None else pts[index]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def make_sound(path: Path) -> Path:
    """Writes a second of silence, without video."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def counting(count: int, size: tuple[int, int] = (160, 96), ground: int = 40) -> list[Image]:
    """Pictures, each with its number in large digits."""
    pictures = []
    for index in range(count):
        picture = np.full((size[1], size[0], 3), ground, np.uint8)
        cv2.putText(picture, str(index), (10, size[1] - 20), (255, 255, 255), cv2.FontFace("sans"), size[1] // 2, 700)
        pictures.append(picture)
    return pictures


def cut(path: Path, share: float) -> Path:
    """Keeps the first `share` of the file's bytes."""
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    return path


def damage(path: Path, begin: float, end: float) -> Path:
    """Turns every 40th byte between two shares of the file."""
    content = bytearray(path.read_bytes())
    for place in range(int(begin * len(content)), int(end * len(content)), 40):
        content[place] ^= 0xFF
    path.write_bytes(content)
    return path
