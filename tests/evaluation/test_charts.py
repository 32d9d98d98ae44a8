from judged import found, line

from stream_ocr.evaluation.charts import bars, threshold_traces, trade_off
from stream_ocr.evaluation.curves import Point, reliability
from stream_ocr.evaluation.scoring import score

POINTS = (
    Point(threshold=0.0, events=4, recall=1.0, exact=0.5, precision=0.75, invented=1),
    Point(threshold=0.9, events=0, recall=0.0, exact=0.0, precision=None, invented=0),
)


def test_a_bar_per_bin() -> None:
    events = [found("EXIT 25", confidence=0.95), found("EXIT 2S", 0.0, 1.0, confidence=0.95)]
    made = bars(reliability(score(events, [line("EXIT 25")]).events))
    assert [bar.label for bar in made] == ["0–.5", ".5–.6", ".6–.7", ".7–.8", ".8–.9", ".9–.95", ".95–1"]
    assert (made[-1].height, made[-1].mark, made[-1].events) == (50.0, 95.0, 2)
    assert made[-1].words == "2 events, 0.500 exact, mean confidence 0.950"
    assert (made[0].left, made[0].height, made[0].words) == (0.0, 0.0, "no events")


def test_a_curve_per_figure_over_the_threshold() -> None:
    recall, exact, precision = threshold_traces(POINTS)
    assert [trace.name for trace in (recall, exact, precision)] == ["recall", "exact", "precision"]
    assert [(dot.x, dot.y) for dot in recall.dots] == [(0.0, 100.0), (90.0, 0.0)]
    assert [(dot.x, dot.y) for dot in precision.dots] == [(0.0, 75.0)]
    assert exact.dots[1].words == (
        "from 0.9: recall 0.000, exact 0.000, precision -; 0 events, 0 invented without any text"
    )


def test_precision_over_recall_leaves_out_what_is_not_defined() -> None:
    assert [(dot.x, dot.y) for dot in trade_off(POINTS).dots] == [(100.0, 75.0)]
