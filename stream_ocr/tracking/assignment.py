"""Which of one kind goes with which of the other, so that they fit best in all."""

import lap
import numpy as np
import numpy.typing as npt

__all__ = ["best_pairs"]


def best_pairs(scores: npt.NDArray[np.float64], least: float) -> dict[int, int]:
    """Row to column with the largest sum of scores, each at least `least` (Jonker-Volgenant, by lapx).

    `scores`: shape (rows, columns), neither of them 0, the more the better.
    """
    _, columns, _ = lap.lapjv(scores.max() - scores, extend_cost=True)
    return {row: column for row, column in enumerate(columns.tolist()) if column >= 0 and scores[row, column] >= least}
