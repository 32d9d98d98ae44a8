from stream_ocr.pausing import Pauses


def test_a_source_is_paused_until_it_is_resumed() -> None:
    pauses = Pauses()
    pauses.pause("desk")
    assert "desk" in pauses
    assert "yard" not in pauses
    pauses.resume("desk")
    assert "desk" not in pauses


def test_names_that_nobody_has_do_not_pile_up() -> None:
    pauses = Pauses()
    for number in range(2000):
        pauses.pause(str(number))
    assert sum(str(number) in pauses for number in range(2000)) == 1000
