from frames import quad

from stream_ocr.tracking.places import Places


def test_places_are_numbered_from_one() -> None:
    places = Places(memory=60)
    assert places.at(quad(100, 300, 500, 330), 0.0, taken=set()) == 1
    assert places.at(quad(100, 100, 200, 130), 0.0, taken={1}) == 2


def test_the_next_subtitle_has_the_place_of_the_one_before() -> None:
    places = Places(memory=60)
    assert places.at(quad(100, 300, 500, 330), 0.0, taken=set()) == 1
    assert places.at(quad(200, 302, 400, 331), 5.0, taken=set()) == 1


def test_a_place_in_use_is_not_given_twice() -> None:
    places = Places(memory=60)
    assert places.at(quad(100, 300, 500, 330), 0.0, taken=set()) == 1
    assert places.at(quad(110, 301, 480, 331), 0.1, taken={1}) == 2


def test_another_row_or_size_is_another_place() -> None:
    places = Places(memory=60)
    assert places.at(quad(100, 300, 500, 330), 0.0, taken=set()) == 1
    assert places.at(quad(100, 330, 500, 360), 1.0, taken=set()) == 2
    assert places.at(quad(100, 280, 500, 360), 2.0, taken=set()) == 3


def test_a_place_that_follows_its_text_is_remembered_where_it_was_last() -> None:
    places = Places(memory=60)
    number = places.at(quad(100, 300, 200, 330), 0.0, taken=set())
    places.keep(number, quad(400, 300, 500, 330), 1.0)
    assert places.at(quad(405, 300, 495, 330), 2.0, taken=set()) == number
    assert places.at(quad(100, 300, 200, 330), 2.0, taken=set()) != number


def test_an_empty_place_is_forgotten() -> None:
    places = Places(memory=60)
    assert places.at(quad(100, 300, 500, 330), 0.0, taken=set()) == 1
    assert places.at(quad(100, 300, 500, 330), 61.0, taken=set()) == 2


def test_the_number_of_places_is_bounded() -> None:
    places = Places(memory=1e9)
    for number in range(1010):
        places.at(quad(0, 40 * number, 100, 40 * number + 20), 0.0, taken=set())
    assert places.at(quad(0, 0, 100, 20), 1.0, taken=set()) == 1011
    assert places.at(quad(0, 40 * 900, 100, 40 * 900 + 20), 1.0, taken=set()) == 901


def test_places_are_numbered_from_where_it_is_told() -> None:
    assert Places(memory=60, first=1_000_001).at(quad(100, 300, 500, 330), 0.0, taken=set()) == 1_000_001
