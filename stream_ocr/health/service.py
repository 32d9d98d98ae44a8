"""Health and metrics of a run, as an event sink and a server."""

import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self

import msgspec

from stream_ocr.health.figures import Figures
from stream_ocr.health.server import Answer, Request, Server
from stream_ocr.health.snapshot import Snapshot
from stream_ocr.health.verdicts import STUCK_AFTER, Liveness, Readiness, liveness, readiness
from stream_ocr.pulse import Pulse
from stream_ocr.sinks import Item

__all__ = ["Health"]


class Health:
    """Takes what a run says, and answers over HTTP while it is entered.

    Raises WireError on entering when the address cannot be bound.
    """

    def __init__(
        self,
        address: str,
        sources: Sequence[str],
        pulse: Pulse,
        loaded: Callable[[], bool],
        patience: float = STUCK_AFTER,
    ) -> None:
        """`sources`: those that are to be online; `loaded`: whether all stages are; `patience`: seconds."""
        self._sources = sources
        self._pulse = pulse
        self._loaded = loaded
        self._patience = patience
        self._snapshot = Snapshot()
        self._figures = Figures(self._snapshot.look, sources)
        self._server = Server(
            address, {"/health/live": self._live, "/health/ready": self._ready, "/metrics": self._metrics}
        )

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def write(self, item: Item) -> None:
        """Takes one item; never waits for who asks."""
        self._snapshot.take(item)

    def poll(self) -> None:
        """Nothing is ever pending."""

    def close(self) -> None:
        """Nothing more will come; the server goes on until the run is over."""

    def _live(self, request: Request) -> Answer:
        del request
        verdict = liveness(self._pulse.look(time.monotonic()), self._patience)
        return _verdict(verdict, well=verdict.live)

    def _ready(self, request: Request) -> Answer:
        asked = request.query.get("source", self._sources)
        unknown = [source for source in asked if source not in self._sources]
        if unknown:
            expected = f"expected a source of {', '.join(self._sources)}\n"
            return Answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", expected.encode())
        here = all(doing != "wait" for doing, _ in self._pulse.look(time.monotonic()).values())
        verdict = readiness(self._snapshot.look(), asked, loaded=self._loaded() and here)
        return _verdict(verdict, well=verdict.ready)

    def _metrics(self, request: Request) -> Answer:
        body, content_type = self._figures.page(request.accept)
        return Answer(HTTPStatus.OK, content_type, body)


def _verdict(verdict: Liveness | Readiness, *, well: bool) -> Answer:
    status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
    return Answer(status, "application/json", msgspec.json.encode(verdict) + b"\n")
