"""Which of one kind goes with which of the other, so that they fit best in all."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

__all__ = ["best_pairs"]


def best_pairs(scores: npt.NDArray[np.float64], least: float) -> dict[int, int]:
    """Row to column with the largest sum of scores, each at least `least` (Jonker-Volgenant, by SciPy).

    `scores`: shape (rows, columns), the more the better.
    """
    rows, columns = linear_sum_assignment(scores, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in pairs if scores[row, column] >= least}
