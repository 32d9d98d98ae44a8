"""Live WebVTT: a folder with the last segments of a stream and the HLS playlist that names them."""

from collections import deque
from pathlib import Path

from stream_ocr.config import VttSink
from stream_ocr.errors import StageError
from stream_ocr.subtitles.cutting import Cue
from stream_ocr.subtitles.formats import Vtt
from stream_ocr.subtitles.gathering import Gatherer
from stream_ocr.subtitles.playlist import playlist, segment, segment_name

__all__ = ["PLAYLIST", "Segments"]

PLAYLIST = "subtitles.m3u8"
_PATTERN = "subtitles-" + 8 * "[0-9]" + ".vtt"
_LEAST = 1e-3
"""Seconds from which what is left in the end makes a segment."""


class Segments:
    """Writes each segment when its time is settled; one that has left the playlist stays as long as that is.

    The folder is made, and what an earlier run left in it is removed. Raises StageError when that cannot be done.
    """

    def __init__(self, folder: Path, vtt: Vtt, gatherer: Gatherer, settings: VttSink) -> None:
        self.gatherer = gatherer
        self.size: tuple[int, int] | None = None
        self._folder = folder
        self._vtt = vtt
        self._settings = settings
        self._cues: list[Cue] = []
        """Those that reach into segments to come."""
        self._next = 0
        self._listed: list[tuple[int, float]] = []
        """Number and length of each segment in the playlist."""
        self._kept: deque[int] = deque()
        """Numbers of the segments in the folder."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path in folder.glob(_PATTERN):
                path.unlink()
            self._replace(PLAYLIST, playlist([], settings.seconds, ended=False))
        except OSError as error:
            raise StageError(f"{folder}: cannot write segments there: {error.strerror}") from error

    def refresh(self) -> None:
        """Writes the segments that are due. Raises StageError when one cannot be written; it is tried again."""
        self._catch_up(int(self.gatherer.known // self._settings.seconds))

    def close(self) -> None:
        """Writes what is left, and that nothing follows. Raises StageError."""
        seconds, now = self._settings.seconds, self.gatherer.now + self.gatherer.frame
        self._catch_up(int(now // seconds))
        rest = now - self._next * seconds
        if rest > _LEAST:
            self._publish(rest, ended=True)
        else:
            self._write(PLAYLIST, playlist(self._listed, seconds, ended=True))

    def _catch_up(self, due: int) -> None:
        """Writes the segments before that one."""
        if due - self._next > self._settings.window:
            # It begins in the middle, or nothing was heard of it for long: what a player would pass over is left out.
            self._next = due - self._settings.window
            self._listed = []
        while self._next < due:
            self._publish(self._settings.seconds, ended=False)

    def _publish(self, length: float, *, ended: bool) -> None:
        """The next segment, then the playlist that names it, and only then is an old one removed."""
        begin, window = self._next * self._settings.seconds, self._settings.window
        end = begin + length
        self._cues += self.gatherer.until(end)
        shown = [cue for cue in self._cues if cue.start < end and cue.end > begin]
        self._write(segment_name(self._next), segment(shown, self._vtt, self._settings.mpegts))
        listed = [*self._listed, (self._next, length)][-window:]
        self._write(PLAYLIST, playlist(listed, self._settings.seconds, ended=ended))
        self._listed = listed
        self._cues = [cue for cue in self._cues if cue.end > end]
        self._kept.append(self._next)
        self._next += 1
        if len(self._kept) > 2 * window:
            self._remove(segment_name(self._kept.popleft()))

    def _remove(self, name: str) -> None:
        path = self._folder / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StageError(f"{path}: cannot remove an old segment: {error.strerror}") from error

    def _write(self, name: str, text: str) -> None:
        try:
            self._replace(name, text)
        except OSError as error:
            raise StageError(f"{self._folder / name}: cannot write a segment: {error.strerror}") from error

    def _replace(self, name: str, text: str) -> None:
        """Puts a file in its place whole: a player may be reading the one before."""
        part = self._folder / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(self._folder / name)
