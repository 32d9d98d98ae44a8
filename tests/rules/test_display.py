from stream_ocr.config import NumberConfig
from stream_ocr.rules.display import Display, Showing


def _told(display: Display, *told: tuple[float, float, float]) -> list[str]:
    """The answers to numbers, each with the time since which it is there and the time until which."""
    return [display.told(Showing(value, 0, since), now) for value, since, now in told]


def test_a_value_is_said_once() -> None:
    told = _told(Display(NumberConfig()), (34, 0, 1), (34, 0, 4), (34, 5, 6), (35, 7, 7), (34, 8, 8))
    assert told == ["changed", "same", "same", "changed", "changed"]


def test_what_is_out_of_range_is_never_believed() -> None:
    told = _told(Display(NumberConfig(min=20, max=80)), (84, 0, 9), (34, 10, 10), (19, 11, 99), (80, 100, 100))
    assert told == ["held", "changed", "held", "changed"]


def test_a_step_that_is_too_large_is_believed_when_it_could_have_been_made() -> None:
    told = _told(
        Display(NumberConfig(max_rate=10)), (30, 0, 5), (40, 5.1, 5.1), (90, 5.2, 6), (90, 5.2, 10.0), (90, 5.2, 10.2)
    )
    assert told == ["changed", "changed", "held", "held", "changed"]


def test_while_the_old_value_is_there_time_does_not_help_another_one() -> None:
    display = Display(NumberConfig(max_rate=10))
    display.told(Showing(30, 0, 0.0), 0.0)
    display.seen(30, 100.0)
    display.seen(90, 105.0)
    assert _told(display, (90, 100.0, 103.0), (90, 100.0, 106.0)) == ["held", "changed"]


def test_a_value_has_to_stand() -> None:
    told = _told(
        Display(NumberConfig(debounce=0.5)), (34, 0, 0.2), (34, 0, 0.5), (84, 1, 1.3), (34, 1.4, 1.4), (84, 1.5, 1.6)
    )
    assert told == ["held", "changed", "held", "same", "held"]


def test_a_value_that_is_lost_and_found_has_stood_all_the_time() -> None:
    told = _told(Display(NumberConfig(debounce=0.5)), (34, 0, 0.3), (34, 0.4, 0.6))
    assert told == ["held", "changed"]


def test_an_older_text_is_no_news() -> None:
    display = Display(NumberConfig(max=90))
    assert _told(display, (48, 21.6, 21.7), (47, 19.1, 21.8), (47, 21.9, 22.0)) == ["changed", "same", "changed"]
    assert _told(display, (97, 1.0, 22.0)) == ["held"]


def test_time_begins_anew_with_a_connection() -> None:
    display = Display(NumberConfig(max_rate=1))
    display.told(Showing(30, 0, 50.0), 60.0)
    assert display.told(Showing(90, 1, 2.0), 2.5) == "changed"
    assert display.told(Showing(91, 1, 3.0), 3.5) == "changed"
    assert display.told(Showing(30, 1, 4.0), 4.5) == "held"


def test_what_is_told_late_is_old_even_when_nothing_is_there() -> None:
    display = Display(NumberConfig())
    display.told(Showing(48, 0, 21.6), 26.0)
    display.gone(Showing(48, 0, 21.6))
    assert display.told(Showing(47, 0, 19.1), 21.5) == "same"
    assert display.told(Showing(47, 0, 19.1), 27.0) == "changed"
