import numpy as np
from frames import frame, searched

from stream_ocr.dropping import merged
from stream_ocr.messages import Ended, Frame, FrameText


def test_merged_adds_up_what_changed_and_what_was_lost() -> None:
    older = frame(0.0, dirty=False, skipped=2, dropped=1)
    older.dirty[0, 0] = True
    newer = frame(0.1, dirty=False, skipped=3, dropped=0)
    newer.dirty[1, 1] = True
    both = merged(older, newer)
    assert isinstance(both, Frame)
    assert (both.skipped, both.dropped, both.pts) == (5, 2, 0.1)
    assert np.argwhere(both.dirty).tolist() == [[0, 0], [1, 1]]
    assert np.argwhere(newer.dirty).tolist() == [[1, 1]]


def test_merged_frames_of_another_size_are_dirty_all_over() -> None:
    older = frame(0.0, np.zeros((90, 160, 3), np.uint8), dirty=False)
    both = merged(older, frame(0.1, dirty=False))
    assert isinstance(both, Frame)
    assert both.dirty.all()


def test_merged_frames_with_text_forget_no_end() -> None:
    ends = [Ended(track=number, end=0.05, reason="left") for number in (1, 2)]
    both = merged(searched(frame(0.0), ended=(ends[0],)), searched(frame(0.1), ended=(ends[1],)))
    assert isinstance(both, FrameText)
    assert both.ended == tuple(ends)
    assert (both.frame.pts, both.frame.dropped) == (0.1, 1)
