"""Acts about light and time: fades, a dissolve, a short flash, night."""

import cv2
import numpy as np

from made.act import INSTANT, Act, Prop
from made.grounds import clutter, moving_clutter, sky, still
from made.palette import AMBER, BLACK, NAVY, SIZE
from stream_ocr.drawing import WHITE, lettering, panel
from stream_ocr.messages import Image

__all__ = ["dissolve", "flash", "night", "subtitles", "under_traffic"]


def _between(t: float, begin: float, end: float, ramp: float) -> float:
    """Rises from 0 to 1 in `ramp` seconds from `begin` on, and falls to 0 at `end`."""
    return min(1.0, max(0.0, (t - begin) / ramp), max(0.0, (end - t) / ramp))


def _centred(text: str, size: float, top: float, place: str) -> Prop:
    patch = lettering(text, size, WHITE, BLACK)
    return Prop(patch, SIZE[0] / 2 - patch.image.shape[1] / 2, top, text, place)


def subtitles() -> Act:
    """Two cues in two languages that fade in and out in 0.3 s, over clutter that moves."""
    one = _centred("Where were you last night?", 32, 278, "lower"), _centred("你昨晚在哪里", 32, 230, "upper")
    two = _centred("At home, with the cat.", 32, 278, "lower"), _centred("在家里陪猫", 32, 230, "upper")

    def cast(t: float) -> list[Prop]:
        first, second = _between(t, 0.2, 1.6, 0.3), _between(t, 1.8, 3.2, 0.3)
        return [prop._replace(opacity=first) for prop in one] + [prop._replace(opacity=second) for prop in two]

    return Act(name="subtitles", length=3.4, ground=moving_clutter(SIZE, 29), cast=cast)


def under_traffic() -> Act:
    """A line that never changes over a ground that moves fast."""
    line = [_centred("Live from Rotterdam", 36, 270, "caption")]
    return Act(name="under_traffic", length=2.0, ground=moving_clutter(SIZE, 31, 400.0), cast=lambda _: line)


def dissolve() -> Act:
    """One scene with a text dissolves into another within half a second."""
    one, two = sky(SIZE, 37)(0.0), clutter(SIZE, 39)
    first = panel("CHAPTER ONE", 50, WHITE, NAVY)
    second = panel("The Lighthouse", 50, BLACK, AMBER)
    height, width = SIZE[1], SIZE[0]

    def share(t: float) -> float:
        return min(1.0, max(0.0, (t - 1.2) / 0.5))

    def ground(t: float) -> Image:
        mixed = cv2.addWeighted(one[:height, :width], 1 - share(t), two[:height, :width], share(t), 0.0)
        return np.asarray(mixed, np.uint8)

    def cast(t: float) -> list[Prop]:
        return [
            Prop(first, 60, 60, "CHAPTER ONE", "first", 1 - share(t)),
            Prop(second, 150, 200, "The Lighthouse", "second", share(t)),
        ]

    return Act(name="dissolve", length=3.0, ground=ground, cast=cast)


def flash() -> Act:
    """A text that is there for a fifth of a second, between texts that stay."""
    stays = Prop(panel("Speed limit", 40, BLACK, WHITE), 60, 60, "Speed limit", "sign")
    short = Prop(panel("STOP NOW", 56, WHITE, (40, 30, 170)), 240, 190, "STOP NOW", "flash")

    def cast(t: float) -> list[Prop]:
        return [stays, short] if 1.0 - INSTANT <= t < 1.2 - INSTANT else [stays]

    return Act(name="flash", length=2.4, ground=sky(SIZE, 41), cast=cast)


def night() -> Act:
    """A dark street: a seventh of the light, and the noise of a small sensor on top."""
    props = [
        Prop(panel("Hotel Astoria", 50, (150, 150, 150), (60, 50, 40)), 90, 60, "Hotel Astoria", "hotel"),
        Prop(panel("NP-47-XK", 50, BLACK, (120, 140, 150)), 280, 210, "NP-47-XK", "plate"),
    ]
    return Act(name="night", length=2.6, ground=still(clutter(SIZE, 43)), cast=lambda _: props, lens=_darkness)


def _darkness(picture: Image, t: float) -> Image:
    grain = np.random.default_rng(round(1e6 * t)).normal(0, 5, picture.shape)
    return np.clip(0.35 * picture + grain, 0, 255).astype(np.uint8)
