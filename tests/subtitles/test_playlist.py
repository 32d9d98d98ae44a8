from cues import cue

from stream_ocr.subtitles.formats import Vtt
from stream_ocr.subtitles.playlist import playlist, segment, segment_name


def test_a_segment_says_which_time_of_the_video_is_its_own() -> None:
    assert segment([cue("a")], Vtt(), 900_000) == (
        "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n00:00:01.000 --> 00:00:02.500\na\n\n"
    )


def test_a_playlist_names_its_segments() -> None:
    assert playlist([(12, 6.0), (13, 2.5)], 6.0, ended=True).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-TARGETDURATION:6",
        "#EXT-X-MEDIA-SEQUENCE:12",
        "#EXTINF:6.000,",
        "subtitles-00000012.vtt",
        "#EXTINF:2.500,",
        segment_name(13),
        "#EXT-X-ENDLIST",
    ]


def test_a_playlist_may_be_empty_and_go_on() -> None:
    assert playlist([], 2.5, ended=False).splitlines()[2:] == ["#EXT-X-TARGETDURATION:3", "#EXT-X-MEDIA-SEQUENCE:0"]
