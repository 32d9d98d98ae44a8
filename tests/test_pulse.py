from stream_ocr.pulse import Pulse


def test_a_thread_is_where_it_said_last() -> None:
    pulse = Pulse()
    pulse.enter("detect", "receive", 10.0)
    pulse.enter("track", "work", 10.5)
    pulse.enter("detect", "send", 11.0)
    assert pulse.look(12.0) == {"detect": ("send", 1.0), "track": ("work", 1.5)}


def test_who_has_left_is_forgotten() -> None:
    pulse = Pulse()
    pulse.enter("detect", "receive", 10.0)
    pulse.leave("detect")
    pulse.leave("never there")
    assert pulse.look(12.0) == {}
