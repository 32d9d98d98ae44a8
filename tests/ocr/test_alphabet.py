"""Alphabets and CTC on literal values."""

from pathlib import Path

import numpy as np
import pytest

from stream_ocr.errors import ModelError
from stream_ocr.ocr.alphabet import Alphabet, Reading, Steps

ABC = Alphabet.of("a\nb\nc")


def _steps(*classes: int, sure: float = 0.9) -> Steps:
    return Steps(np.array(classes), np.full(len(classes), sure, np.float32))


def test_a_listing_becomes_characters_and_a_space() -> None:
    assert ABC.characters == ("a", "b", "c", " ")
    assert Alphabet.of("a\r\nb\r\n").characters == ("a", "b", " ")


def test_other_line_separators_are_characters() -> None:
    assert Alphabet.of("a\n\u2028\n\x85\n\u3000").characters == ("a", "\u2028", "\x85", "\u3000", " ")


def test_repeats_fall_together_and_blanks_fall_out() -> None:
    assert ABC.decode(_steps(0, 1, 1, 0, 1, 2, 2, 4, 0, 3, 0)).text == "aab c"


def test_confidence_is_the_mean_over_the_characters_kept() -> None:
    steps = Steps(np.array([1, 1, 0, 2]), np.array([0.5, 0.1, 0.99, 1.0]))
    assert ABC.decode(steps) == Reading("ab", 0.75)


def test_nothing_but_blanks() -> None:
    assert ABC.decode(_steps(0, 0, 0)) == Reading("", 0.0)
    assert ABC.decode(_steps()) == Reading("", 0.0)


def test_steps_are_left_alone() -> None:
    steps = _steps(0, 1, 1)
    ABC.decode(steps)
    assert steps.classes.tolist() == [0, 1, 1]


def test_the_number_of_classes_is_checked() -> None:
    ABC.check(5, "rec.onnx")
    with pytest.raises(ModelError, match=r"rec\.onnx: the dictionary of 3 characters asks for 5 classes .*, got 6"):
        ABC.check(6, "rec.onnx")


def test_a_dictionary_file(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.txt"
    path.write_bytes("é\r\n中\r\n".encode())
    assert Alphabet.load(path).characters == ("é", "中", " ")


def test_a_dictionary_that_is_missing_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.txt: cannot read the dictionary: No such file"):
        Alphabet.load(tmp_path / "none.txt")
    path = tmp_path / "bytes.txt"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match=r"bytes\.txt: expected a dictionary"):
        Alphabet.load(path)
