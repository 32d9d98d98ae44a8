from stream_ocr.underway import Underway


def test_nobody_is_late_at_first() -> None:
    assert Underway().admits("desk", now=0.0, limit=0.25)


def test_a_frame_that_is_late_keeps_newer_ones_out_until_it_is_through() -> None:
    frames = Underway()
    frames.enter("desk", 1, now=0.0)
    assert frames.admits("desk", now=0.24, limit=0.25)
    frames.enter("desk", 2, now=0.2)
    assert not frames.admits("desk", now=0.25, limit=0.25)
    frames.leave("desk", 1)
    assert frames.admits("desk", now=0.3, limit=0.25)
    assert not frames.admits("desk", now=0.45, limit=0.25)


def test_sources_have_nothing_to_do_with_each_other() -> None:
    frames = Underway()
    frames.enter("desk", 1, now=0.0)
    assert frames.admits("lobby", now=1.0, limit=0.25)
    frames.leave("lobby", 7)
    assert not frames.admits("desk", now=1.0, limit=0.25)


def test_who_is_through_was_behind_all_that_were_lost() -> None:
    frames = Underway()
    for seq in (3, 5, 8):
        frames.enter("desk", seq, now=0.0)
    frames.leave("desk", 5)
    assert not frames.admits("desk", now=1.0, limit=0.25)
    frames.leave("desk", 8)
    assert frames.admits("desk", now=1.0, limit=0.25)


def test_a_frame_that_was_lost_counts_no_longer_after_two_seconds() -> None:
    frames = Underway()
    frames.enter("desk", 1, now=0.0)
    assert not frames.admits("desk", now=1.99, limit=0.25)
    assert frames.admits("desk", now=2.0, limit=0.25)


def test_a_longer_limit_is_kept_too() -> None:
    frames = Underway()
    frames.enter("desk", 1, now=0.0)
    assert frames.admits("desk", now=7.9, limit=8.0)
    frames.enter("desk", 2, now=7.9)
    assert frames.admits("desk", now=8.0, limit=8.0)
