"""The ring of requests, on a network of one multiplication."""

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from stream_ocr.errors import ModelError
from stream_ocr.inference.ring import Ring


@pytest.fixture
def ring() -> Ring[str]:
    """Doubles (1, n) float32; two under way at once."""
    given = ops.parameter([1, -1], np.float32)
    doubled = ops.multiply(given, ops.constant(np.float32(2)))
    model = ov.Model([ops.result(doubled), ops.result(ops.negative(given))], [given], "twice")
    return Ring(ov.Core().compile_model(model, "CPU"), 2, "twice.onnx")


def _row(*values: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.array([values], np.float32)


def test_results_come_in_the_order_of_submission_with_their_tags(ring: Ring[str]) -> None:
    ring.submit(_row(1), "first")
    ring.submit(_row(2, 3), "second")
    assert (ring.full, len(ring)) == (True, 2)
    tag, (doubled, negative) = ring.take()
    assert (tag, doubled.tolist(), negative.tolist()) == ("first", [[2]], [[-1]])
    assert ring.take()[0] == "second"
    assert (ring.full, len(ring)) == (False, 0)


def test_inputs_may_be_changed_after_submission(ring: Ring[str]) -> None:
    row = _row(5)
    ring.submit(row, "")
    row[:] = 0
    assert ring.take()[1][0].tolist() == [[10]]


def test_results_outlive_the_next_use_of_their_request(ring: Ring[str]) -> None:
    results = []
    for value in range(6):
        ring.submit(_row(value), "")
        results.append(ring.take()[1][0])
    assert [result.item() for result in results] == [0, 2, 4, 6, 8, 10]


def test_ready_says_when_taking_does_not_wait(ring: Ring[str]) -> None:
    before = ring.ready
    ring.submit(_row(1), "")
    while not ring.ready:
        pass
    assert not before
    assert ring.take()[1][0].item() == 2


def test_run_keeps_the_order_of_many(ring: Ring[str]) -> None:
    batch = ((_row(*range(length + 1)), str(length)) for length in range(9))
    results = [(tag, outputs[0].shape) for tag, outputs in ring.run(batch)]
    assert results == [(str(length), (1, length + 1)) for length in range(9)]
    assert list(ring.run([])) == []


def test_the_ring_holds_no_more_than_it_has(ring: Ring[str]) -> None:
    with pytest.raises(IndexError):
        ring.take()
    ring.submit(_row(1), "")
    ring.submit(_row(1), "")
    with pytest.raises(IndexError):
        ring.submit(_row(1), "")


def test_an_input_that_does_not_fit_is_one_line(ring: Ring[str]) -> None:
    with pytest.raises(ModelError, match=r"twice\.onnx: inference failed: ") as raised:
        ring.submit(np.zeros((2, 2, 2), np.float32), "")
        ring.take()
    assert "\n" not in str(raised.value)
