"""From clips to figures: each measured several times, what is compared in turn."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from stream_ocr import __version__
from stream_ocr.api import media_config
from stream_ocr.benchmark.machine import this_machine
from stream_ocr.benchmark.measurements import Answer, Decoding, Kind, Reading, Running, Task
from stream_ocr.benchmark.processes import ask
from stream_ocr.benchmark.results import Bench, ClipBench, Repetition, summed_up
from stream_ocr.benchmark.shows import SHOWS
from stream_ocr.benchmark.stock import made_clips
from stream_ocr.errors import ConfigError, SourceError, StageError, TruthError
from stream_ocr.evaluation.clips import truth_path
from stream_ocr.evaluation.results import Failure
from stream_ocr.masking import masked
from stream_ocr.sources import is_live

__all__ = ["Order", "bench"]

_MADE = "made:"

Ask = Callable[[Task], Answer]


class Order(Struct, frozen=True, kw_only=True):
    """What is to be measured."""

    media: tuple[str, ...] = ()
    """Clips, URIs, and `made:NAME` for made clips; none: all made clips."""
    settings: Mapping[str, Any] = {}
    """Sections of a config."""
    repeat: int = 1
    against: Literal["rapidocr"] | None = None
    max_frames: int | None = None
    """Frames of each clip that the baseline reads; None: all."""
    scored: bool = False
    """Whether runs are scored where there is ground truth."""


class _Clip(NamedTuple):
    name: str
    uri: str


def bench(order: Order, tell: Callable[[str], None] = lambda _: None, ask: Ask = ask) -> Bench:
    """Measures clip after clip; `tell` hears what is going on, `ask` carries out a task in a process of its own.

    What is wrong with a clip stands in `failures`, and the others are measured. Raises ConfigError, ModelError;
    StageError: a made clip cannot be written.
    """
    media_config("-", order.settings)  # before anything is made for nothing
    names = [medium.removeprefix(_MADE) for medium in order.media if medium.startswith(_MADE)]
    names = names if order.media else [*SHOWS]
    for name in names:
        if name not in SHOWS:
            raise ConfigError(f"{_MADE}{name}: expected one of {', '.join(_MADE + known for known in SHOWS)}")
    clips: list[ClipBench] = []
    failures: list[Failure] = []
    with made_clips(names, lambda name: tell(f"making {name}")) as made:
        by_name = {_MADE + name: _Clip(name, str(path)) for name, path in zip(names, made, strict=True)}
        for clip in [by_name.get(medium) or _named(medium) for medium in order.media or by_name]:
            try:
                clips.append(_measured(clip, order, tell, ask))
            except (SourceError, StageError, TruthError) as error:
                failures.append(Failure(path=masked(clip.uri), message=str(error)))
    return Bench(
        version=__version__,
        machine=this_machine(),
        settings={name: section for name, section in order.settings.items() if section},
        repeat=order.repeat,
        against=order.against,
        max_frames=order.max_frames,
        clips=tuple(clips),
        failures=tuple(failures),
    )


def _named(medium: str) -> _Clip:
    shown = masked(medium)
    return _Clip(shown if "://" in shown or shown.startswith("test:") else Path(shown).name, medium)


def _measured(clip: _Clip, order: Order, tell: Callable[[str], None], ask: Ask) -> ClipBench:
    config = media_config(clip.uri, order.settings)
    if any(is_live(source) for source in config.sources.values()):
        raise SourceError(f"{masked(clip.uri)}: expected a clip that ends, got a live source, which sets its own pace")
    scored = order.scored and _is_file(truth_path(Path(clip.uri)))
    repetitions = []
    for number in range(1, order.repeat + 1):
        tell(f"{clip.name} ({number} of {order.repeat})")
        repetitions.append(_repetition([ask(task) for task in _tasks(clip, order, scored)]))
    return summed_up(clip.name, masked(clip.uri), repetitions)


def _tasks(clip: _Clip, order: Order, scored: bool) -> Iterator[Task]:
    """In turn, so that a machine that is busy at times is so for all of them."""
    kinds: tuple[Kind, ...] = ("decode", "run") if order.against is None else ("decode", "run", "rapidocr")
    for kind in kinds:
        yield Task(
            kind=kind,
            uri=clip.uri,
            settings=dict(order.settings),
            began=0.0,
            max_frames=order.max_frames,
            scored=scored,
        )


def _repetition(answers: Iterable[Answer]) -> Repetition:
    by_kind = {type(answer): answer for answer in answers}
    decode, run, rapidocr = (by_kind.get(kind) for kind in (Decoding, Running, Reading))
    assert isinstance(decode, Decoding)
    assert isinstance(run, Running)
    assert isinstance(rapidocr, Reading | None)
    return Repetition(decode=decode, run=run, rapidocr=rapidocr)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # an address that is no path
        return False
