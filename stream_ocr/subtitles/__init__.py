"""Subtitles: from text events to cues, and from cues to SRT, WebVTT and ASS. Pure: no files, no clock.

`spans` are the showings of single texts, `cutting` makes cues of them that never overlap, `gathering` does so while
events come in, `formats` writes them down, `playlist` puts them into the segments of a broadcast.
"""
