import pysubs2
import pytest
from cues import cue, row

from stream_ocr.subtitles.formats import FORMATS, Ass, Srt, Vtt

SIZE = (1280, 720)
TOP_LEFT = (0.05, 0.1, 0.2, 0.2)
MIDDLE_RIGHT = (0.75, 0.45, 0.95, 0.5)
JOINER = "\u2060"


def test_srt() -> None:
    assert Srt().head(SIZE) == ""
    assert Srt().cue(cue("a", "b", start=1.0, end=3723.4567), 7) == "7\n00:00:01,000 --> 01:02:03,457\na\nb\n\n"


def test_vtt() -> None:
    assert Vtt().head(None) == "WEBVTT\n\n"
    assert Vtt().cue(cue("a", "b"), 7) == "00:00:01.000 --> 00:00:02.500\na\nb\n\n"


def test_ass() -> None:
    assert "PlayResX: 1280\nPlayResY: 720\n" in Ass().head(SIZE)
    assert Ass().cue(cue("a, b", "c"), 7) == r"Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,a, b\Nc" + "\n"


@pytest.mark.parametrize(
    ("seconds", "srt", "ass"),
    [
        (0.0416666, "00:00:00,042", "0:00:00.04"),
        (1.0005, "00:00:01,001", "0:00:01.00"),
        (1.005, "00:00:01,005", "0:00:01.01"),
        (59.9996, "00:01:00,000", "0:01:00.00"),
        (-0.3, "00:00:00,000", "0:00:00.00"),
        (360_000.0, "100:00:00,000", "100:00:00.00"),
    ],
)
def test_times_are_rounded_to_the_nearest_unit(seconds: float, srt: str, ass: str) -> None:
    made = cue("a", start=seconds, end=seconds + 1)
    assert Srt().cue(made, 1).splitlines()[1].split(" --> ")[0] == srt
    assert Vtt().cue(made, 1).split(" --> ")[0] == srt.replace(",", ".")
    assert Ass().cue(made, 1).split(",")[1] == ass


def test_no_cue_is_empty() -> None:
    made = cue("a", start=1.0, end=1.0001)
    assert "00:00:01,000 --> 00:00:01,001" in Srt().cue(made, 1)
    assert "0:00:01.00,0:00:01.01" in Ass().cue(made, 1)


@pytest.mark.parametrize(
    ("text", "srt", "vtt", "ass"),
    [
        ("<i>R&D</i>", f"<{JOINER}i>R&D<{JOINER}/i>", "&lt;i&gt;R&amp;D&lt;/i&gt;", "<i>R&D</i>"),
        ("1 < 2 > 0", "1 < 2 > 0", "1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("a --> b", f"a --{JOINER}> b", "a --&gt; b", "a --> b"),
        (r"{\an8}C:\New", rf"{{{JOINER}\an8}}C:\New", r"{\an8}C:\New", rf"\{{\an8\}}C:\{JOINER}New"),
        (r"a\{b", r"a\{b", r"a\{b", rf"a\{JOINER}\{{b"),
    ],
)
def test_what_looks_like_markup_is_none(text: str, srt: str, vtt: str, ass: str) -> None:
    assert Srt().cue(cue(text), 1).splitlines()[2] == srt
    assert Vtt().cue(cue(text), 1).splitlines()[1] == vtt
    assert Ass().cue(cue(text), 1).rstrip("\n").split(",,", 2)[2] == ass


@pytest.mark.parametrize(
    ("box", "vtt", "ass"),
    [
        (row(2), "", ""),
        (TOP_LEFT, " line:10% position:5% align:left", r"{\an7\pos(64,72)}"),
        (MIDDLE_RIGHT, " line:45% position:95% align:right", r"{\an6\pos(1216,342)}"),
        ((0.4, 0.02, 0.6, 0.08), " line:2% position:50% align:center", r"{\an8\pos(640,14)}"),
        ((0.05, 0.9, 0.2, 0.95), " line:90% position:5% align:left", r"{\an1\pos(64,684)}"),
        ((0.3, 0.05, 0.7, 0.95), "", ""),
        ((-0.1, -0.05, 0.2, 0.1), " line:0% position:0% align:left", r"{\an7\pos(-128,-36)}"),
    ],
)
def test_a_text_stands_where_it_stood(box: tuple[float, float, float, float], vtt: str, ass: str) -> None:
    form = Ass()
    form.head(SIZE)
    made = cue("a", box=box)
    assert Vtt().cue(made, 1).splitlines()[0] == f"00:00:01.000 --> 00:00:02.500{vtt}"
    assert form.cue(made, 1).endswith(f",,0,0,0,,{ass}a\n")
    assert "line" not in Vtt(positions=False).cue(made, 1)
    assert "pos" not in Ass(positions=False).cue(made, 1)


@pytest.mark.parametrize("kind", FORMATS)
def test_others_read_the_same(kind: str) -> None:
    form = FORMATS[kind]()
    made = [cue("我进去帮他", "Let's go, now", start=0.417, end=1.125), cue("34", start=2.0, end=3.5, box=TOP_LEFT)]
    text = form.head(SIZE) + "".join(form.cue(each, number) for number, each in enumerate(made, 1))
    read = pysubs2.SSAFile.from_string(text, format_=kind)
    times = [(420, 1130), (2000, 3500)] if kind == "ass" else [(417, 1125), (2000, 3500)]
    assert [(each.start, each.end) for each in read] == times
    assert [each.plaintext for each in read] == ["我进去帮他\nLet's go, now", "34"]
