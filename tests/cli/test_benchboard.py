import pytest
from measured import benchmarked, repetition
from msgspec.structs import replace

from stream_ocr.benchmark.results import summed_up
from stream_ocr.cli.benchboard import print_bench

LONG = "a-film-whose-name-goes-on-for-much-longer-than-anybody-needs.mp4"


def _printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip(" ─")]


def test_figures_then_where_the_time_went(capsys: pytest.CaptureFixture[str]) -> None:
    print_bench(benchmarked(summed_up("a.mp4", "a.mp4", [repetition(1.5, 2.0)]), against="rapidocr"))
    rows = _printed(capsys)
    assert rows[0].startswith("clip decode fps fps realtime")
    assert rows[1] == "a.mp4 600 200.0 6.7x 12.0 10% 2.0 3.0 500 1.2 5.00 40x 30x"
    assert rows[2] == "time start-up s capture detect"
    assert rows[3] == "a.mp4 0.5 + 0.2 + 0.5 █▌ 25% █████▍ 90%"
    assert rows[4] == "301 × 1.7 ms 20 × 90 ms"
    assert "det/s: detections per second of video." in rows[5]
    assert rows[-1].endswith("RapidOCR 3.10.0 over the first 11 frames.")


def test_a_clip_may_lack_a_stage(capsys: pytest.CaptureFixture[str]) -> None:
    whole = summed_up("a.mp4", "a.mp4", [repetition(1.5)])
    run = repetition(1.5).run
    short = replace(run, stages=run.stages[:1])
    print_bench(benchmarked(whole, summed_up("b.mp4", "b.mp4", [replace(repetition(1.5), run=short)])))
    rows = _printed(capsys)
    assert "b.mp4 0.5 + 0.2 + 0.5 █▌ 25% -" in rows


def test_nothing_is_broken_over_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_bench(benchmarked(summed_up(LONG, LONG, [repetition(1.5)])))
    rows = _printed(capsys)
    assert rows[1].endswith("600 200.0 6.7x 12.0 10% 2.0 3.0 500 1.2")
    assert rows[1].startswith("a-film-whose-n…")
