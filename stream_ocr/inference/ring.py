"""A ring of asynchronous requests of one compiled network.

Inputs are always copied: OpenVINO 2026.4 corrupts the heap where shared and copied inputs meet on one network. No
callbacks: they run on a thread of OpenVINO's.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

import numpy.typing as npt
import openvino as ov

from stream_ocr.inference.trouble import translated

__all__ = ["Array", "Ring"]

Array = npt.NDArray[Any]
Tag = TypeVar("Tag")


class Ring(Generic[Tag]):
    """Requests of one compiled network, taken in the order in which they were submitted.

    Not for several threads. Results are copied before their request is used again.
    """

    def __init__(self, network: ov.CompiledModel, depth: int, name: str) -> None:
        self._name = name
        self.parallel = max(depth - 1, 1)
        """Inferences that run at the same time; one more waits, so that none of them pauses."""
        with translated(f"{name}: cannot be run"):
            self._idle = deque(network.create_infer_request() for _ in range(depth))
        self._busy: deque[tuple[ov.InferRequest, Tag]] = deque()
        self._outputs = len(network.outputs)

    def __len__(self) -> int:
        """How many requests are under way."""
        return len(self._busy)

    @property
    def full(self) -> bool:
        """Whether one has to be taken before the next can be submitted."""
        return not self._idle

    @property
    def ready(self) -> bool:
        """Whether the oldest inference is done, so that taking it does not wait."""
        return bool(self._busy) and bool(self._busy[0][0].wait_for(0))

    def submit(self, inputs: Array, tag: Tag) -> None:
        """Starts an inference; `tag` comes back with its result.

        Raises ModelError where the inference fails, IndexError where the ring is full.
        """
        request = self._idle.popleft()
        with translated(f"{self._name}: inference failed"):
            request.start_async({0: inputs}, share_inputs=False)
        self._busy.append((request, tag))

    def take(self) -> tuple[Tag, list[Array]]:
        """Waits for the oldest inference; its tag and its outputs.

        Raises ModelError where the inference failed, IndexError where none is under way.
        """
        request, tag = self._busy.popleft()
        self._idle.append(request)
        with translated(f"{self._name}: inference failed"):
            request.wait()
            return tag, [request.get_output_tensor(index).data.copy() for index in range(self._outputs)]

    def run(self, batch: Iterable[tuple[Array, Tag]]) -> Iterator[tuple[Tag, list[Array]]]:
        """The results of many inputs, in their order; to be exhausted before the ring is used again."""
        for inputs, tag in batch:
            if self.full:
                yield self.take()
            self.submit(inputs, tag)
        while self._busy:
            yield self.take()
