from measured import benchmarked, repetition

from stream_ocr.benchmark.columns import columns, markdown, measured_on
from stream_ocr.benchmark.results import summed_up
from stream_ocr.evaluation.scoring import Tally

_TALLY = Tally(lines=4, hit=3, exact_lines=2, surplus=0, events=5, matched=4)


def test_a_table_to_be_pasted() -> None:
    clip = summed_up("a|b.mp4", "a|b.mp4", [repetition(1.5, 2.0), repetition(1.5, 2.0)])
    assert markdown(benchmarked(clip, against="rapidocr", repeat=2)) == (
        "| clip | decode fps | fps | realtime | CPU s/min | passed | det/s | reads | MB | start s "
        "| RapidOCR fps | ratio | CPU ratio |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| a\\|b.mp4 | 600 | 200.0 | 6.7x | 12.0 | 10% | 2.0 | 3.0 | 500 | 1.2 | 5.00 | 40x | 30x |\n"
        "\n"
        "stream-ocr 1.2, 2 cores of Z80, Linux x86_64, Python 3.12.1, OpenVINO 2026.4 (bf16), RapidOCR 3.10.0 over the "
        "first 11 frames, medians of 2 measurements.\n"
    )


def test_a_column_is_there_where_something_stands_in_it() -> None:
    titles = [column.title for column in columns(benchmarked())]
    assert titles[-1] == "start s"
    scored = benchmarked(summed_up("a", "a", [repetition(1.5, tally=_TALLY)]), summed_up("b", "b", [repetition(1.5)]))
    assert [column.title for column in columns(scored)] == [*titles, "recall", "exact", "dup"]
    rows = markdown(scored).splitlines()
    assert rows[2].endswith("| 0.75 | 0.50 | 0.00 |")
    assert rows[3].endswith("| - | - | - |")


def test_what_it_was_measured_on_is_one_sentence() -> None:
    assert measured_on(benchmarked()) == (
        "stream-ocr 1.2, 2 cores of Z80, Linux x86_64, Python 3.12.1, OpenVINO 2026.4 (bf16)."
    )
