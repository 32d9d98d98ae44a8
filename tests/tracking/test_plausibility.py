import pytest
from frames import frame, quad

from stream_ocr.messages import Line
from stream_ocr.tracking.plausibility import plausible


@pytest.mark.parametrize(
    ("text", "height", "expected"),
    [
        ("I", 40, True),
        ("I", 216, True),
        ("I", 217, False),
        ("L-1", 217, False),
        ("BUS", 360, True),
        ("车站", 217, False),
        ("欢迎乘车", 300, True),
        ("---", 20, False),
        ("", 20, False),
    ],
)
def test_a_few_marks_do_not_fill_the_picture(text: str, height: int, expected: bool) -> None:
    line = Line(quad=quad(100, 0, 300, height), score=0.9)
    assert plausible(text, line, frame(0.0)) is expected
