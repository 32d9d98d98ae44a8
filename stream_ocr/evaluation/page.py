"""An evaluation as one HTML page that needs nothing else: figures, timelines, and pictures of what went wrong."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from stream_ocr.evaluation.charts import bars, threshold_traces, trade_off
from stream_ocr.evaluation.clips import source_config
from stream_ocr.evaluation.crops import Cut, cut_pictures, quad_at
from stream_ocr.evaluation.results import ClipResult, Evaluation
from stream_ocr.evaluation.scoring import EventScore, LineScore
from stream_ocr.evaluation.timeline import Piece, Timeline, closest, differences, span_words, timeline

__all__ = ["rendered"]

_MAX_CARDS = 40
"""Pictures per clip."""
_ORDER = ("missed", "inexact", "surplus", "invented")


class _Card(Struct, frozen=True, kw_only=True):
    """One thing that went wrong, with its picture."""

    verdict: str
    text: str
    """What the ground truth says; empty where it says nothing."""
    said: tuple[Piece, ...] = ()
    detail: str
    picture: str = ""
    """A data URI."""


class _Section(Struct, frozen=True, kw_only=True):
    """One clip on the page."""

    result: ClipResult
    counts: dict[str, int]
    """Lines and events by verdict."""
    timeline: Timeline
    cards: tuple[_Card, ...]
    left_out: int
    """Cards beyond the limit."""


def rendered(evaluation: Evaluation) -> str:
    """The page. Cuts pictures out of the clips once more: raises SourceError where one has gone."""
    environment = Environment(
        loader=PackageLoader("stream_ocr.evaluation", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": _number, "speed": _speed}
    template = environment.get_template("page.html")
    curve = evaluation.curve
    return template.render(
        evaluation=evaluation,
        sections=[_section(clip, evaluation) for clip in evaluation.clips],
        bars=bars(evaluation.reliability),
        matched=sum(each.events for each in evaluation.reliability),
        traces=threshold_traces(curve) if curve else (),
        trade_off=trade_off(curve) if curve else None,
    )


def _number(value: float | None, digits: int = 2) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.{digits}f}"


def _speed(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.{1 if value >= 1 else 2}f}\N{MULTIPLICATION SIGN}"


def _section(clip: ClipResult, evaluation: Evaluation) -> _Section:
    score = clip.ours.score
    verdicts = [line.verdict for line in score.lines]
    counts = {name: verdicts.count(name) for name in ("exact", "inexact", "missed")}
    of_events = [event.verdict for event in score.events]
    counts |= {name: of_events.count(name) for name in ("surplus", "invented")}
    wrong = sorted(_wrong(clip), key=lambda pair: _ORDER.index(pair[0].verdict))
    shown = wrong[:_MAX_CARDS]
    source = source_config(Path(clip.path), evaluation.settings)
    pictures = cut_pictures(Path(clip.path), source, [cut for _, cut in shown]) if shown else []
    return _Section(
        result=clip,
        counts=counts,
        timeline=timeline(score, clip.ours.effort.media_s),
        cards=tuple(_with_picture(card, picture) for (card, _), picture in zip(shown, pictures, strict=True)),
        left_out=len(wrong) - len(shown),
    )


def _wrong(clip: ClipResult) -> Iterator[tuple[_Card, Cut]]:
    """What went wrong, and where there is a picture of it."""
    score = clip.ours.score
    for line in score.lines:
        if line.verdict == "missed":
            yield _missed(line)
    for event in score.events:
        if event.verdict in ("inexact", "surplus", "invented"):
            yield _unwanted(event, score.lines)


def _missed(line: LineScore) -> tuple[_Card, Cut]:
    truth = line.line
    detail = " \N{MIDDLE DOT} ".join(filter(None, (span_words(truth.first_s, truth.last_s), truth.note)))
    return _Card(verdict="missed", text=truth.text, detail=detail), Cut((truth.first_s + truth.last_s) / 2)


def _unwanted(each: EventScore, lines: Sequence[LineScore]) -> tuple[_Card, Cut]:
    event = each.event
    shown = "" if each.line is None else closest(event.text, lines[each.line].line)
    plain = each.line is None or each.is_exact
    card = _Card(
        verdict=each.verdict,
        text=shown,
        said=(Piece(event.text, wrong=False),) if plain else differences(event.text, shown),
        detail=f"{span_words(event.start, event.end)} \N{MIDDLE DOT} confidence {event.confidence:.2f}",
    )
    middle = (event.start + event.end) / 2
    return card, Cut(middle, quad_at(event.sightings, middle) if event.sightings else None)


def _with_picture(card: _Card, jpeg: bytes) -> _Card:
    picture = f"data:image/jpeg;base64,{b64encode(jpeg).decode()}"
    return _Card(verdict=card.verdict, text=card.text, said=card.said, detail=card.detail, picture=picture)
