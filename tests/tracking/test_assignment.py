import numpy as np

from stream_ocr.tracking.assignment import best_pairs


def test_the_sum_is_largest_not_the_first_best_pair() -> None:
    assert best_pairs(np.array([[0.9, 0.8], [0.8, 0.1]]), 0.05) == {0: 1, 1: 0}


def test_pairs_that_fit_too_badly_are_left_out() -> None:
    assert best_pairs(np.array([[0.9, 0.0], [0.0, 0.34]]), 0.35) == {0: 0}
    assert best_pairs(np.array([[0.9, 0.0], [0.0, 0.35]]), 0.35) == {0: 0, 1: 1}


def test_what_there_is_too_much_of_stays_alone() -> None:
    assert best_pairs(np.array([[0.5, 0.9, 0.7]]), 0.35) == {0: 1}
    assert best_pairs(np.array([[0.5], [0.9]]), 0.35) == {1: 0}
