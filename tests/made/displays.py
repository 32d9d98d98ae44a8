"""Acts of texts that stay in their place and change: counters, clocks, swaps, terminals."""

from collections.abc import Iterator, Sequence

from made.act import INSTANT, Act, Prop
from made.grounds import moving_clutter, plain, sky
from made.palette import AMBER, BLACK, GREEN, GREY, NAVY, SIZE
from stream_ocr.drawing import WHITE, Patch, lettering, panel

__all__ = ["clock", "counter", "digits", "swaps", "terminal", "typed"]


def at(t: float, since: Sequence[float]) -> int:
    """How many of the instants have come at `t`."""
    return sum(t >= instant - INSTANT for instant in since)


def counter() -> Act:
    """34, 35, 36, 38: a value that changes each 0.8 s beside a label that stays."""
    values = [panel(str(value), 60, WHITE, NAVY) for value in (34, 35, 36, 38)]
    label = Prop(lettering("Temperature", 34, WHITE), 60, 150, "Temperature", "label")

    def cast(t: float) -> list[Prop]:
        step = min(int((t + INSTANT) / 0.8), 3)
        return [label, Prop(values[step], 360, 120, ("34", "35", "36", "38")[step], "value")]

    return Act(name="counter", length=3.2, ground=sky(SIZE, 3), cast=cast)


def digits() -> Act:
    """0 to 9, one digit each half second."""
    faces = [lettering(str(value), 70, WHITE) for value in range(10)]

    def cast(t: float) -> list[Prop]:
        step = min(int((t + INSTANT) / 0.5), 9)
        return [Prop(faces[step], 270, 120, str(step), "digit")]

    return Act(name="digits", length=5.0, ground=plain(SIZE, (40, 32, 30)), cast=cast)


def clock() -> Act:
    """A clock with seconds that passes a full minute, before a ground that moves."""
    texts = ("09:19:58", "09:19:59", "09:20:00")
    faces = [panel(text, 36, WHITE, NAVY) for text in texts]

    def cast(t: float) -> list[Prop]:
        second = int(t + INSTANT)
        return [Prop(faces[second], 400, 30, texts[second], "clock")]

    return Act(name="clock", length=3.0, ground=moving_clutter(SIZE, 5), cast=cast)


def swaps() -> Act:
    """Two displays whose texts change at a cut: likes of each other, and of quite another kind."""
    gates = ("GATE 12", "GATE 13", "GATE 18")
    towns = ("Oslo", "Bern", "开往北京")
    upper = [panel(text, 54, WHITE, GREEN) for text in gates]
    lower = [panel(text, 54, BLACK, AMBER) for text in towns]

    def cast(t: float) -> list[Prop]:
        gate, town = at(t, (1.0, 2.2)), at(t, (1.4, 2.6))
        return [
            Prop(upper[gate], 60, 50, gates[gate], "gate"),
            Prop(lower[town], 60, 210, towns[town], "town"),
        ]

    return Act(name="swaps", length=3.6, ground=sky(SIZE, 7), cast=cast)


class _Console:
    """Lines of a terminal, each drawn once per length."""

    def __init__(self, height: int, step: int) -> None:
        self._height = height
        self.step = step
        self._patches: dict[str, Patch] = {}

    def line(self, row: float, text: str, shown: int | None = None, place: str = "") -> Prop:
        """The first `shown` characters of `text` in the given row."""
        part = text[:shown]
        if part not in self._patches:
            self._patches[part] = lettering(part, self._height, GREY)
        patch = self._patches[part]
        top = 40 + self.step * row - self._height
        return Prop(patch, 24, top, text, place or text, complete=part == text)


def typed() -> Act:
    """A command is typed, a character each 80 ms; Enter gives an answer, and a second command is typed."""
    first, answer, second = "$ make install", "Installed 24 files.", "$ run --port 8080"
    console = _Console(26, 44)

    def cast(t: float) -> Iterator[Prop]:
        keys = int((t - 0.4 + INSTANT) / 0.08)
        if keys >= 2:
            yield console.line(1, first, min(keys, len(first)), "first")
        if t >= 2.0 - INSTANT:
            yield console.line(2, answer, None, "answer")
        keys = int((t - 2.2 + INSTANT) / 0.08)
        if keys >= 2:
            yield console.line(3, second, min(keys, len(second)), "second")

    return Act(name="typed", length=4.4, ground=plain(SIZE, (40, 32, 30)), cast=lambda t: list(cast(t)))


def terminal() -> Act:
    """Eight rows of output; every 0.6 s all of them jump up by one and a new one comes at the foot."""
    texts = (
        "Reading package lists",
        "Building dependency tree",
        "Get 1 archive of 73 kB",
        "Unpacking zlib 1.3.1",
        "Setting up python 3.13",
        "Checking 412 modules",
        "warning: 2 are older",
        "Compiling stage 1 of 4",
        "Linking the kernel",
        "Copied 18 MB in 0.4 s",
        "Done in 12.7 seconds",
    )
    console = _Console(24, 40)

    def cast(t: float) -> list[Prop]:
        top = min(int((t + INSTANT) / 0.6), 3)
        return [console.line(row + 0.5, texts[top + row], None, texts[top + row]) for row in range(8)]

    return Act(name="terminal", length=2.6, ground=plain(SIZE, (40, 32, 30)), cast=cast)
