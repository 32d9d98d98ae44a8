"""From a video to its subtitles."""

import json
from collections.abc import Iterator
from pathlib import Path

import pysubs2
import pytest
from clips import make_clip, shared

from stream_ocr.cli.app import status
from stream_ocr.drawing import WHITE, clutter, lay, lettering
from stream_ocr.messages import Image

SIZE, RATE = (640, 360), 25
SHOWN = (
    ("Where have you been?", 280, 10, 60),
    ("I looked everywhere.", 316, 11, 60),
    ("In the garden.", 316, 60, 85),
    ("CAM 1", 20, 0, 100),
    ("Come in, it is cold.", 316, 90, 100),
)
"""Text, top, first frame, and the one after the last; at the foot of a picture in which all moves, but for one."""


def _film() -> Iterator[Image]:
    ground = clutter((SIZE[0] + 200, SIZE[1]), 5)
    for index in range(100):
        picture = ground[:, index : index + SIZE[0]].copy()
        for text, top, first, end in SHOWN:
            if first <= index < end:
                patch = lettering(text, 26, WHITE, (0, 0, 0))
                lay(picture, patch, (SIZE[0] - patch.image.shape[1]) // 2, top)
        yield picture


def _solid(text: str) -> str:
    return "".join(text.split())


def _cues(path: Path) -> list[tuple[int, int, str]]:
    return [(cue.start, cue.end, cue.plaintext) for cue in pysubs2.load(str(path))]


def test_a_made_film_to_the_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = make_clip(tmp_path / "film.mp4", pictures=_film(), rate=RATE)
    path = tmp_path / "film.srt"
    assert status(["subtitles", str(clip), "-o", str(path), "--region", "bottom"]) == 0
    assert _cues(path) == [
        (400, 2400, "Where have you been?\nI looked everywhere."),
        (2400, 3400, "In the garden."),
        (3600, 4000, "Come in, it is cold."),
    ]
    (said,) = capsys.readouterr().err.splitlines()
    assert said.endswith(f"subtitles in {path}")


@pytest.mark.parametrize(
    ("name", "region"),
    [("subtitles-bilingual.mp4", "bottom"), ("subtitles-wide.mp4", "bottom"), ("subtitles-wide.mp4", "whole")],
)
def test_the_subtitles_of_real_films(tmp_path: Path, name: str, region: str) -> None:
    path = tmp_path / "film.srt"
    clip = shared("clips", name)
    assert status(["subtitles", str(clip), "-o", str(path), "--region", region, "-q"]) == 0
    cues = _cues(path)
    truth = json.loads(shared("clips", f"{name}.gt.json").read_text(encoding="utf-8"))
    frame = 1 / 24
    for line in (line for line in truth if not line.get("optional")):
        # A gap in Chinese is no space to the recogniser every time.
        with_it = [
            cue for cue in cues if "".join(line["text"].split()) in ["".join(row.split()) for row in cue[2].split("\n")]
        ]
        assert with_it, line["text"]
        assert with_it[0][0] / 1000 == pytest.approx(line["first_s"], abs=2 * frame)
        assert with_it[-1][1] / 1000 - frame == pytest.approx(line["last_s"], abs=2 * frame)
    if region == "bottom":
        assert len(cues) == len({line["first_s"] for line in truth if not line.get("optional")})
