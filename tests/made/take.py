"""A take: an act at a frame rate, coded and with noise; written as a clip with its truth beside it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from clips import make_clip

from made.act import Act, Line
from stream_ocr.messages import Image

__all__ = ["Take"]

_FAST = {"preset": "veryfast", "threads": "1"}
"""One thread, because how many there are shows in the file."""
_CODINGS: dict[str, dict[str, Any]] = {
    "x264-18": {"options": {"crf": "18", **_FAST}},
    "x264-30": {"options": {"crf": "30", **_FAST}},
    "x264-38": {"options": {"crf": "38", **_FAST}},
    "mpeg4": {"codec": "mpeg4", "options": {"qscale": "5"}},
    "mjpeg": {"codec": "mjpeg", "pixel_format": "yuvj420p", "options": {"qscale": "4"}},
}
_ENDINGS = {"mjpeg": ".avi"}


class Take(NamedTuple):
    """See the module."""

    act: Act
    rate: float = 25.0
    """Frames per second."""
    coding: str = "x264-18"
    """A name of the table above: codec, and constant rate factor if any."""
    noise: float = 0.0
    """Standard deviation of the grain in grey levels."""

    @property
    def name(self) -> str:
        """Act and, where they are not the default, the other particulars; also the stem of its file."""
        rate = [] if self.rate == 25.0 else [f"{self.rate:g}fps"]
        coding = [] if self.coding == "x264-18" else [self.coding]
        noise = [f"noise{self.noise:g}"] if self.noise else []
        return "-".join([self.act.name, *rate, *coding, *noise])

    @property
    def interval(self) -> float:
        """Seconds from frame to frame."""
        return 1.0 / self.rate

    def truth(self) -> list[Line]:
        """The lines at this frame rate."""
        return self.act.truth(self.rate)

    def pictures(self) -> Iterator[Image]:
        """The frames in order, with their noise."""
        for index, t in enumerate(self.act.times(self.rate)):
            picture = self.act.picture(t)
            if self.noise:
                random = np.random.default_rng([crc32(self.name.encode()), index])
                picture = np.clip(picture + random.normal(0, self.noise, picture.shape), 0, 255).astype(np.uint8)
            yield picture

    def write(self, folder: Path) -> Path:
        """Writes the clip, and its truth as a list of `{text, first_s, last_s, kind, optional?}` beside it."""
        path = folder / f"{self.name}{_ENDINGS.get(self.coding, '.mp4')}"
        make_clip(path, pictures=self.pictures(), rate=self.rate, **_CODINGS[self.coding])
        records = [_record(self.act.name, line) for line in self.truth()]
        beside = path.with_name(f"{path.name}.gt.json")
        beside.write_text(json.dumps(records, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return path


def _record(kind: str, line: Line) -> dict[str, str | float | bool]:
    record: dict[str, str | float | bool] = {
        "text": line.text,
        "first_s": round(line.first, 3),
        "last_s": round(line.last, 3),
        "kind": kind,
    }
    return record if line.whole else {**record, "optional": True}
