"""What stands where: one change, one message."""

from texts import event, gone

from stream_ocr.messages import TextEvent
from stream_ocr.sinks.standing import Place, Places

METER = Place("desk", "meter", named=True)


def _told(places: Places, *events: TextEvent) -> list[str | None]:
    return [None if said is None else said.text for each in events for _, said in places.update(each)]


def _meter(text: str, track: int, kind: str = "appear", **fields: object) -> TextEvent:
    made = event(text=text, track=track, region="meter", **fields)
    if kind == "appear":
        return made
    return gone(text=text, track=track, region="meter", **{"reason": kind, **fields})


def test_a_display_says_each_value_once() -> None:
    said = _told(
        Places(),
        _meter("34", 1),
        event(kind="update", text="34", track=1, region="meter", confidence=0.99),
        _meter("34", 1, "replaced"),
        _meter("35", 2),
        _meter("35", 2, "left"),
        _meter("35", 3),
        _meter("35", 3, "source-lost"),
        _meter("36", 4, place=9),
    )
    assert said == ["34", "35", "36"]


def test_a_value_or_unit_that_changes_alone_is_news() -> None:
    places = Places()
    ((place, first),) = places.update(_meter("21", 1, value=21.0, unit="°C"))
    ((_, second),) = places.update(event(kind="update", text="21", track=1, region="meter", value=21.0, unit="°F"))
    assert place == METER
    assert first is not None and second is not None
    assert (first.value, first.unit, second.unit) == (21.0, "°C", "°F")


def test_where_a_number_stands_only_another_number_is_news() -> None:
    places = Places(frozenset({"celsius"}))
    said = [
        standing.value
        for each in (
            _meter("2l.5", 1, rules=("celsius",)),
            _meter("21.5", 1, kind="appear", value=21.5, rules=("celsius",)),
            _meter("21,5", 1, value=21.5),
            _meter("21.5", 1, "replaced", value=21.5),
            _meter("2Z", 2),
            _meter("22", 2, value=22.0),
        )
        for _, standing in places.update(each)
        if standing is not None
    ]
    assert said == [21.5, 22.0]


def test_a_place_without_a_name_is_empty_when_its_text_has_left() -> None:
    places = Places()
    assert _told(places, event(), gone(reason="replaced"), event(text="EXIT 26", track=18)) == ["EXIT 25", "EXIT 26"]
    assert places.update(gone(track=18)) == [(Place("desk", "4", named=False), None)]
    assert _told(places, event(track=19)) == ["EXIT 25"]


def test_lines_of_one_region_stand_together_in_reading_order() -> None:
    def at(x: float, y: float) -> tuple[tuple[float, float], ...]:
        return ((x, y), (x + 90, y), (x + 90, y + 20), (x, y + 20))

    said = _told(
        Places(),
        _meter("km/h", 1, place=1, quad=at(200, 102)),
        _meter("80", 2, place=2, quad=at(10, 100)),
        _meter("LIMIT", 3, place=3, quad=at(60, 10)),
        _meter("80", 2, "replaced", place=2, quad=at(10, 100)),
        _meter("90", 4, place=2, quad=at(10, 100)),
        _meter("LIMIT", 3, "left", place=3, quad=at(60, 10)),
    )
    assert said == ["km/h", "80 km/h", "LIMIT 80 km/h", "LIMIT 90 km/h", "90 km/h"]


def test_places_without_end_are_forgotten_one_by_one() -> None:
    places = Places()
    for number in range(1000):
        places.update(event(place=number))
    assert [(place.name, said is None) for place, said in places.update(event(place=1000))] == [
        ("1000", False),
        ("0", True),
    ]
