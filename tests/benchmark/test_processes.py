import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from clips import counting, make_clip

from stream_ocr.benchmark.measurements import Decoding, Task
from stream_ocr.benchmark.processes import ask
from stream_ocr.errors import ConfigError, SourceError, StageError


def _task(uri: str | Path, **settings: object) -> Task:
    return Task(kind="decode", uri=str(uri), settings=settings, began=0.0)


def test_start_up_and_memory_are_those_of_a_fresh_process(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", pictures=counting(10))
    ballast = np.ones(1 << 29, np.uint8)
    began = time.monotonic()
    answer = ask(_task(path))
    took = time.monotonic() - began
    assert isinstance(answer, Decoding)
    # An interpreter and its libraries do not come in less, and what this process holds is not counted.
    assert 0.05 < answer.pace.start_s < took
    assert 20 < answer.pace.peak_mb < 400
    assert ballast[-1] == 1


def test_what_is_wrong_with_a_clip_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"missing\.mp4: expected a video file"):
        ask(_task(tmp_path / "missing.mp4"))
    with pytest.raises(ConfigError, match="unknown key detekt"):
        ask(_task("test:", stages={"detekt": {}}))


@pytest.mark.parametrize(
    ("script", "ending"),
    [
        ("echo one >&2; echo two >&2; exit 3", "its process ended with exit code 3: two"),
        ("exit 1", "its process ended with exit code 1: it said nothing"),
        ("exit 0", "its process ended with exit code 0: it said nothing"),
        ("kill -KILL $$", "its process was killed by SIGKILL"),
    ],
)
def test_a_process_that_ends_without_an_answer(
    script: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = shutil.which("sh")
    stand_in = tmp_path / "python"
    stand_in.write_text(f"#!{shell}\ncat >/dev/null\n{script}\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    with pytest.raises(StageError, match=f"^test:: decoding: {ending}$"):
        ask(_task("test:"))
