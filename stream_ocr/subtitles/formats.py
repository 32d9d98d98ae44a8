"""SRT, WebVTT and ASS: a head and cues, as text that can be written one after the other.

Times are rounded to the nearest millisecond, in ASS to the nearest hundredth of a second, which is all that it has;
halves go up. No cue is shorter than one such unit.

What a text has in common with the markup of a format is no markup. WebVTT has escapes. SRT has none, and of the
backslash neither has ASS: there a word joiner, which has no width, stands behind the character.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from stream_ocr.geometry import Bounds
from stream_ocr.subtitles.cutting import Cue

__all__ = ["FORMATS", "Ass", "Format", "Srt", "Vtt"]

_JOINER = "\N{WORD JOINER}"
_SRT_MARKUP = re.compile(r"<(?=[A-Za-z/])|\{(?=\\)|--(?=>)")
_ASS_ESCAPE = re.compile(r"\\(?=[Nnh{}])")
_CENTRED = 0.1
"""How far from the middle, in widths of the picture, what is centred may be."""
_HIGH = 0.5
"""Height, in those of the picture, from which cues stand at no one place."""
_LETTERS = 0.055
"""Height of letters in ASS, in heights of the picture."""


class Format(Protocol):
    """How subtitles are written down."""

    def head(self, size: tuple[int, int] | None) -> str:
        """What comes first; `size`: width and height of the picture in pixels, if they are known."""

    def cue(self, cue: Cue, number: int) -> str:
        """One cue, the `number`th from 1 on."""


class Srt:
    """SubRip: no positions."""

    def __init__(self, *, positions: bool = True) -> None:
        del positions

    def head(self, size: tuple[int, int] | None) -> str:
        """Nothing."""
        del size
        return ""

    def cue(self, cue: Cue, number: int) -> str:
        """Number, times, rows, an empty line."""
        start, end = _units(cue, 1000)
        rows = "\n".join(_SRT_MARKUP.sub(rf"\g<0>{_JOINER}", row) for row in cue.rows)
        return f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{rows}\n\n"


class Vtt:
    """WebVTT, with the position of what does not stand at the bottom in the middle, where players put it anyway."""

    def __init__(self, *, positions: bool = True) -> None:
        self._positions = positions

    def head(self, size: tuple[int, int] | None) -> str:
        """The signature."""
        del size
        return "WEBVTT\n\n"

    def cue(self, cue: Cue, number: int) -> str:
        """Times and position, rows, an empty line."""
        del number
        start, end = _units(cue, 1000)
        rows = "\n".join(row.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for row in cue.rows)
        place = _vtt_place(cue.box) if self._positions and _is_placed(cue.box) else ""
        return f"{_clock(start, '.')} --> {_clock(end, '.')}{place}\n{rows}\n\n"


class Ass:
    """Advanced SubStation Alpha, with positions as `Vtt`."""

    def __init__(self, *, positions: bool = True) -> None:
        self._positions = positions
        self._size = (1920, 1080)

    def head(self, size: tuple[int, int] | None) -> str:
        """Script information with the size of the picture, in whose pixels positions are given, and the style."""
        self._size = size or self._size
        wide, high = self._size
        letters, edge, margin = round(_LETTERS * high), round(_LETTERS * high / 20, 1), round(_LETTERS * high / 2)
        edges = f"{edge},0,2,{margin},{margin},{margin}"
        colours = "&H00FFFFFF,&H000000FF,&H00000000,&H80000000"
        return (
            f"[Script Info]\nScriptType: v4.00+\nPlayResX: {wide}\nPlayResY: {high}\nWrapStyle: 0\n"
            "ScaledBorderAndShadow: yes\n\n"
            "[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
            "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, "
            "Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
            f"Style: Default,Arial,{letters},{colours},0,0,0,0,100,100,0,0,1,{edges},1\n\n"
            "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        )

    def cue(self, cue: Cue, number: int) -> str:
        """One line."""
        del number
        start, end = (_clock(10 * unit, ".").removeprefix("0")[:-1] for unit in _units(cue, 100))
        rows = r"\N".join(_ass_text(row) for row in cue.rows)
        place = self._place(cue.box) if self._positions and _is_placed(cue.box) else ""
        return f"Dialogue: 0,{start},{end},Default,,0,0,0,,{place}{rows}\n"

    def _place(self, box: Bounds) -> str:
        """Which corner, side or middle of the box stands where."""
        column, row = _thirds(box)
        x = (box[0], (box[0] + box[2]) / 2, box[2])[column]
        y = (box[1], (box[1] + box[3]) / 2, box[3])[row]
        return rf"{{\an{7 + column - 3 * row}\pos({round(x * self._size[0])},{round(y * self._size[1])})}}"


FORMATS: Mapping[str, type[Srt] | type[Vtt] | type[Ass]] = MappingProxyType({"srt": Srt, "vtt": Vtt, "ass": Ass})
"""By the ending of a file."""


def _units(cue: Cue, rate: int) -> tuple[int, int]:
    """Start and end, in so many units a second; never before 0."""
    # By way of whole microseconds: 1.005 is a little less than that.
    start, end = (max(0, (rate * round(1e6 * seconds) + 500_000) // 1_000_000) for seconds in (cue.start, cue.end))
    return start, max(end, start + 1)


def _clock(milliseconds: int, point: str) -> str:
    """`01:02:03,456`; more than two digits of hours where they are needed."""
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}{point}{rest:03}"


def _thirds(box: Bounds) -> tuple[int, int]:
    """Column and row, 0 to 2, of the third of the picture that the middle of the box is in."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return min(max(int(3 * x), 0), 2), min(max(int(3 * y), 0), 2)


def _is_placed(box: Bounds) -> bool:
    """Whether it stands at a place that players have to be told."""
    usual = _thirds(box)[1] == 2 and abs((box[0] + box[2]) / 2 - 0.5) <= _CENTRED
    return not usual and box[3] - box[1] < _HIGH


def _vtt_place(box: Bounds) -> str:
    column = _thirds(box)[0]
    x = (box[0], (box[0] + box[2]) / 2, box[2])[column]
    side = ("left", "center", "right")[column]
    return f" line:{_percent(box[1])} position:{_percent(x)} align:{side}"


def _percent(share: float) -> str:
    return f"{min(max(100 * share, 0.0), 100.0):.4g}%"


def _ass_text(row: str) -> str:
    return _ASS_ESCAPE.sub(rf"\\{_JOINER}", row).replace("{", r"\{").replace("}", r"\}")
