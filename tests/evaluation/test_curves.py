import pytest
from judged import found, line

from stream_ocr.evaluation.curves import Bin, calibration_error, reliability, threshold_curve
from stream_ocr.evaluation.scoring import score


def test_matched_events_by_confidence() -> None:
    truth = [line("EXIT 25"), line("Platform"), line("Taxi rank", optional=True)]
    events = [
        found("EXIT 25", confidence=1.0),
        found("EXIT 25", 0.0, 1.0, confidence=0.95),
        found("Platfarm", confidence=0.5),
        found("Taxi rank", confidence=0.7),
        found("WARP", confidence=0.7),
    ]
    bins = reliability(score(events, truth).events)
    assert [each.low for each in bins] == [0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    assert [each.events for each in bins] == [0, 1, 0, 0, 0, 0, 2]
    assert bins[1] == Bin(low=0.5, high=0.6, events=1, exact=0, confidence=0.5, exact_share=0.0)
    assert bins[-1] == Bin(low=0.95, high=1.0, events=2, exact=2, confidence=0.975, exact_share=1.0)
    assert bins[0] == Bin(low=0.0, high=0.5, events=0, exact=0, confidence=None, exact_share=None)
    assert calibration_error(bins) == pytest.approx((1 * 0.5 + 2 * 0.025) / 3)


def test_without_matched_events_there_is_no_calibration() -> None:
    assert calibration_error(reliability(())) is None


def test_a_higher_threshold_says_less() -> None:
    with_text = (
        [found("EXIT 25", confidence=0.9), found("Platfarm", confidence=0.5)],
        [line("EXIT 25"), line("Platform")],
    )
    low, middle, high = threshold_curve([with_text, ([found("ghost", confidence=0.6)], [])], (0.0, 0.6, 0.95))
    assert (low.recall, low.exact, low.events, low.invented) == (1.0, 0.5, 3, 1)
    assert low.precision == pytest.approx(2 / 3)
    assert (middle.recall, middle.exact, middle.precision, middle.invented) == (0.5, 0.5, 0.5, 1)
    assert (high.recall, high.precision, high.events, high.invented) == (0.0, None, 0, 0)
