import numpy as np
import pytest
from frames import frame, picture

from stream_ocr.messages import FrameText
from stream_ocr.redaction import Budget, Hold


def _text(tenth: int) -> FrameText:
    return FrameText(frame=frame(tenth / 10, picture((f"frame {tenth}", (100, 200)))))


def test_a_frame_is_held_back_for_the_delay() -> None:
    hold = Hold(0.5, Budget())
    came = []
    for tenth in range(10):
        hold.put(_text(tenth))
        came.append([round(text.frame.pts, 1) for text in hold.due(tenth / 10)])
    assert came == [[], [], [], [], [], [0.0], [0.1], [0.2], [0.3], [0.4]]
    assert hold.oldest() == 0.5
    assert [round(text.frame.pts, 1) for text in hold.due(float("inf"))] == [0.5, 0.6, 0.7, 0.8, 0.9]
    assert hold.oldest() is None


def test_the_picture_comes_back_as_it_was() -> None:
    budget = Budget()
    hold = Hold(1.0, budget)
    hold.put(_text(0))
    assert 0 < budget.used < _text(0).frame.image.nbytes / 4
    ((pts, luma),) = hold.looks()
    (text,) = hold.due(1.0)
    assert pts == 0.0
    assert np.array_equal(luma, text.frame.luma)
    assert np.abs(text.frame.image.astype(int) - _text(0).frame.image).max() < 40
    assert budget.used == 0


def test_where_there_is_no_room_the_newest_is_left_out() -> None:
    budget = Budget(limit=200_000)
    one, other = Hold(1.0, budget), Hold(1.0, budget)
    for tenth in range(5):
        one.put(_text(tenth))
        other.put(_text(tenth))
    assert budget.used <= budget.limit
    assert one.left_out + other.left_out > 0
    kept = [text.frame.pts for hold in (one, other) for text in hold.due(9.0)]
    assert len(kept) == 10 - one.left_out - other.left_out
    assert kept[0] == pytest.approx(0.0)
    assert budget.used == 0
