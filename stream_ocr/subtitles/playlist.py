"""Live WebVTT: the segments of a broadcast, and the HLS playlist that names the last ones (RFC 8216)."""

import math
from collections.abc import Iterable, Sequence

from stream_ocr.subtitles.cutting import Cue
from stream_ocr.subtitles.formats import Vtt

__all__ = ["playlist", "segment", "segment_name"]


def segment_name(index: int) -> str:
    """The file name of a segment, which begins at `index` times its length."""
    return f"subtitles-{index:08}.vtt"


def segment(cues: Iterable[Cue], vtt: Vtt, mpegts: int) -> str:
    """The text of a segment with these cues; `mpegts`: time stamp of the video (90 kHz) at media time 0."""
    signature, rest = vtt.head(None).split("\n", 1)
    stamp = f"X-TIMESTAMP-MAP=MPEGTS:{mpegts},LOCAL:00:00:00.000"
    return f"{signature}\n{stamp}\n{rest}" + "".join(vtt.cue(cue, 0) for cue in cues)


def playlist(segments: Sequence[tuple[int, float]], seconds: float, *, ended: bool) -> str:
    """The playlist of some segments, each with its number and length; `seconds`: the longest that one may be."""
    first = segments[0][0] if segments else 0
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{math.ceil(seconds)}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
    ]
    for index, length in segments:
        lines += [f"#EXTINF:{length:.3f},", segment_name(index)]
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join([*lines, ""])
