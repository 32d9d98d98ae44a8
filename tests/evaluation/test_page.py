import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from clips import counting, make_clip
from frames import quad
from judged import line

from stream_ocr.evaluation import page as module
from stream_ocr.evaluation.curves import calibration_error, reliability, threshold_curve
from stream_ocr.evaluation.page import rendered
from stream_ocr.evaluation.results import ClipResult, Effort, Evaluation, Failure, Side, figures, group, grouped
from stream_ocr.evaluation.scoring import Found, Sighting, score
from stream_ocr.evaluation.truth import TruthLine

HERE = quad(10, 20, 90, 50)
VOID = {"meta", "img"}


def _said(text: str, start: float = 0.0, end: float = 0.3) -> Found:
    return Found(text=text, start=start, end=end, confidence=0.9, reads=2, sightings=(Sighting(start, HERE),))


def _side(said: list[Found], truth: list[TruthLine]) -> Side:
    return Side(score=score(said, truth), effort=Effort(frames=10, media_s=0.4, wall_s=0.1))


def _result(path: Path, said: list[Found], truth: list[TruthLine], *, baseline: bool = False) -> ClipResult:
    ours = _side(said, truth)
    return ClipResult(
        clip=path.name,
        path=str(path),
        complete=not truth,
        problem="ends early & truncated",
        figures=figures([ours]),
        ours=ours,
        baseline=ours if baseline else None,
        baseline_figures=figures([ours]) if baseline else None,
    )


def _evaluation(*clips: ClipResult, curve: bool = False) -> Evaluation:
    bins = reliability(event for clip in clips for event in clip.ours.score.events)
    return Evaluation(
        version="1.2.3",
        settings={},
        min_confidence=0.6,
        against="rapidocr" if clips[0].baseline else None,
        clips=clips,
        groups=grouped(clips),
        total=group("all", clips),
        reliability=bins,
        calibration_error=calibration_error(bins),
        curve=threshold_curve([([each.event for each in clips[0].ours.score.events], [line("EXIT 25")])])
        if curve
        else None,
        failures=(Failure(path="b", message="b: <broken>"),),
    )


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "a.mp4", pictures=counting(10))


class _Balance(HTMLParser):
    """Collects text, and fails where elements are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<rect/>` opens and closes itself."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data.strip())


def _read(html: str) -> list[str]:
    parser = _Balance()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return [text for text in parser.said if text]


def test_a_page_shows_what_went_wrong_with_pictures(clip: Path) -> None:
    truth = [line("EXIT 25", 0.0, 0.3), line("Platform", 0.0, 0.3), line("Mind the gap", 0.1, 0.3)]
    said = [_said("EXIT 25"), _said("EXIT25", 0.0, 0.1), _said("Platfarm"), _said("WARP")]
    html = rendered(_evaluation(_result(clip, said, truth, baseline=True), curve=True))
    words = _read(html)
    for expected in ("a.mp4", "EXIT 25", "Mind the gap", "WARP", "ends early & truncated", "b: <broken>", "rapidocr:"):
        assert expected in words
    assert html.count("data:image/jpeg;base64,") == 4
    assert "4 pictures of what went wrong" in words
    assert [word[2:] for word in words if word[0] in "✕≈!+" and len(word) > 3] == [
        "missed",
        "misread",
        "surplus",
        "not in the ground truth",
    ]
    assert "<mark>a</mark>" in html


def test_it_asks_nobody_for_anything(clip: Path) -> None:
    html = rendered(_evaluation(_result(clip, [_said("WARP")], [line("EXIT 25")])))
    assert {target.partition(":")[0][:5] for target in re.findall(r'(?:src|href)="([^"]*)"', html)} == {"data", "#clip"}
    assert "url(" not in html
    assert "://" not in html
    assert "<script" not in html


def test_whatever_was_read_is_text(clip: Path) -> None:
    nasty = '<script>alert("x")</script>\'"&'
    html = rendered(_evaluation(_result(clip, [_said(nasty)], [line("EXIT 25")])))
    assert "<script" not in html
    assert nasty in _read(html)


def test_pictures_are_limited_and_what_is_left_out_is_told(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_CARDS", 3)
    html = rendered(_evaluation(_result(clip, [_said(f"invented {number}") for number in range(5)], [])))
    assert html.count("data:image/jpeg;base64,") == 3
    words = _read(html)
    assert "3 pictures of what went wrong, 2 more left out" in words
    assert "5 events although there is no text" in words


def test_a_clip_without_faults_needs_no_picture(tmp_path: Path) -> None:
    gone = tmp_path / "gone.mp4"
    words = _read(rendered(_evaluation(_result(gone, [_said("EXIT 25")], [line("EXIT 25")]))))
    assert "all right" in words
    words = _read(rendered(_evaluation(_result(gone, [], []))))
    assert "There is no text, and none was said." in words


def test_settings_are_shown(clip: Path) -> None:
    made = _evaluation(_result(clip, [], []))
    assert "the defaults" in rendered(made)
    changed = msgspec.structs.replace(made, settings={"stages": {"detect": {"max_side": 736}}})
    assert "max_side" in rendered(changed)
