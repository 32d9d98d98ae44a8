from pathlib import Path

import pytest
from clips import make_clip
from frames import picture

from stream_ocr.cli.app import status
from stream_ocr.ocr.catalog import CATALOGUE
from stream_ocr.ocr.languages import LANGUAGES

STILL = "test:size=640x360&rate=5&length=0.4"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["-o", "a.txt"], "a.txt: expected a file that ends in .srt, .vtt or .ass, or --format"),
        (["-o", "srt"], "srt: expected a file that ends in .srt, .vtt or .ass, or --format"),
        (["-o", "there.srt"], "there.srt: there is such a file already (--force replaces it)"),
        (["--crop", "0,0,1"], "--crop 0,0,1: expected x,y,w,h in pixels, or in fractions of the picture"),
        (["--crop", "600,0,100,50"], "--crop 600,0,100,50: expected a rectangle inside the picture of 640x360 pixels"),
        (["--crop", "0,0,nan,1"], "--crop 0,0,nan,1: expected a rectangle inside the picture of "),
        (["--crop", "0,-5,10,50"], "--crop 0,-5,10,50: expected a rectangle inside the picture of 640x360 pixels"),
        (["--crop", "0.5,0,0.6,1"], "--crop 0.5,0,0.6,1: expected a rectangle inside the picture of 1 (fractions of "),
        (["--crop", "0,0,0,1"], "--crop 0,0,0,1: expected a rectangle inside the picture of 1 (fractions of "),
        (
            ["--crop", "0,0,640,200", "--region", "bottom"],
            "--crop 0,0,640,200: expected some of the region bottom in it, got nothing of it",
        ),
        (
            ["--region", "top", "--set", "source.include=[[[0,0],[1,0],[1,1]]]"],
            "--set source.include: expected either that, or --crop and --region",
        ),
        (
            ["--region", "top", "--set", "source.exclude=[[[0,0],[1,0],[1,0.5],[0,0.5]]]"],
            "config: sinks[0].srt.region: expected one in which sources.test (include, exclude) is read, got top",
        ),
        (
            ["--crop", "0,0,1,0.5", "--set", "source.exclude=[[[0,0],[1,0],[1,0.5],[0,0.5]]]"],
            "config: sources.test.exclude: expected it to leave some of include",
        ),
        (["--lang", "klingon"], "--lang klingon: expected the code of a language, such as zh, ja, en, ko, ru or ar; "),
    ],
)
def test_an_option_that_does_not_fit_is_one_line(
    options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("there.srt").write_text("mine", encoding="utf-8")
    given = options if "-o" in options else [*options, "-o", "out.srt"]
    assert status(["subtitles", STILL, *given]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"stream-ocr: error: {complaint}")
    assert Path("there.srt").read_text(encoding="utf-8") == "mine"
    assert not Path("out.srt").exists()


def test_a_place_that_cannot_be_written_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_bytes(b"")
    assert status(["subtitles", STILL, "-o", "file/out.srt"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "stream-ocr: error: file/out.srt: cannot make the folder file: File exists"


def test_a_medium_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["subtitles", "film.mp4", "-o", "out.srt"]) == 2
    assert capsys.readouterr().err == "stream-ocr: error: film.mp4: there is no such file or folder\n"


def test_a_language_chooses_weights(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_OCR_MODELS", "none")
    assert status(["subtitles", STILL, "-o", "out.srt", "--lang", "KO"]) == 2
    assert "PP-OCRv5-korean-mobile" in capsys.readouterr().err


def test_each_language_has_weights() -> None:
    assert set(LANGUAGES.values()) <= set(CATALOGUE)
    assert LANGUAGES["en"] == "PP-OCRv6-small"


def test_where_there_is_no_text_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    make_clip(Path("still.mp4"), pictures=10 * [picture(("EXIT 25", (40, 60)))], rate=10)
    assert status(["subtitles", "still.mp4", "-o", "out.vtt", "--crop", "0,240,640,120", "-q"]) == 0
    assert Path("out.vtt").read_text(encoding="utf-8") == "WEBVTT\n\n"
    assert capsys.readouterr().err == (
        "stream-ocr: warning: out.vtt: has no cue, because no text was found where it was looked for\n"
    )
