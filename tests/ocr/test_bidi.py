"""Logical order from the order in which signs stand."""

import numpy as np
import pytest

from stream_ocr.ocr.alphabet import Alphabet, Steps
from stream_ocr.ocr.bidi import logical, right_to_left


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ("\u0627\u0628\u062d\u0631\u0645", "\u0645\u0631\u062d\u0628\u0627"),  # a word
        ("(\u0627\u0628\u062d\u0631\u0645)", "(\u0645\u0631\u062d\u0628\u0627)"),  # brackets that stand around it
        ("\u0631\u0639\u0633 125", "125 \u0633\u0639\u0631"),  # a number stays a number
        ("\u0661\u0662 \u0631\u0639\u0633", "\u0633\u0639\u0631 \u0661\u0662"),  # Arabic digits, too
        ("ABC \u0627\u0628\u062d\u0631\u0645", "\u0645\u0631\u062d\u0628\u0627 ABC"),  # a Latin word in an Arabic line
        ("to \u062a\u064a\u0628 then", "to \u0628\u064a\u062a then"),  # an Arabic word in a Latin line
        ("\u05dd\u05d5\u05dc\u05e9", "\u05e9\u05dc\u05d5\u05dd"),  # Hebrew
        ("EXIT 25 (A)", "EXIT 25 (A)"),
        ("出口 25", "出口 25"),
        ("", ""),
    ],
)
def test_from_what_is_seen_to_what_is_said(seen: str, said: str) -> None:
    assert logical(seen) == said


def test_who_writes_from_right_to_left() -> None:
    assert right_to_left("abc\u0628")
    assert not right_to_left("abc 12 \u0661 出口")


def test_an_alphabet_reads_in_logical_order() -> None:
    alphabet = Alphabet.of("\u0628\n\u064a\n\u062a")
    steps = Steps(np.array([3, 0, 2, 1]), np.full(4, 0.5, np.float32))
    assert alphabet.decode(steps).text == "\u0628\u064a\u062a"


def test_an_alphabet_without_such_letters_leaves_them_alone() -> None:
    assert not Alphabet.of("a\nb").right_to_left
    assert Alphabet.of("a\n\u05d0").right_to_left
