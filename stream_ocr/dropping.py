"""Dropping a frame in favour of a newer one without losing what it said: what changed, and how much was lost."""

from typing import overload

import msgspec
import numpy as np

from stream_ocr.messages import Frame, FrameText

__all__ = ["merged"]


@overload
def merged(older: Frame, newer: Frame) -> Frame: ...


@overload
def merged(older: Frame | FrameText, newer: Frame | FrameText) -> Frame | FrameText: ...


def merged(older: Frame | FrameText, newer: Frame | FrameText) -> Frame | FrameText:
    """`newer` as it is to be sent when `older` was dropped in its favour: what changed and what was lost adds up."""
    if isinstance(newer, FrameText) and isinstance(older, FrameText):
        frame = _merged_frames(older.frame, newer.frame)
        return msgspec.structs.replace(newer, frame=frame, ended=older.ended + newer.ended)
    assert isinstance(older, Frame) and isinstance(newer, Frame), "a link carries one kind of frames"
    return _merged_frames(older, newer)


def _merged_frames(older: Frame, newer: Frame) -> Frame:
    same_grid = older.dirty.shape == newer.dirty.shape
    return msgspec.structs.replace(
        newer,
        dirty=older.dirty | newer.dirty if same_grid else np.ones_like(newer.dirty),
        skipped=older.skipped + newer.skipped,
        dropped=older.dropped + newer.dropped + 1,
    )
