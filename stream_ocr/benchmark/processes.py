"""Each measurement in a fresh process of its own, so that start-up and memory are its own too."""

import signal
import subprocess
import sys
import time

import msgspec

from stream_ocr import errors
from stream_ocr.benchmark.measurements import Answer, Kind, Refusal, Task
from stream_ocr.errors import StageError, StreamOcrError
from stream_ocr.masking import masked

__all__ = ["ask"]


def ask(task: Task) -> Answer:
    """Carries out a task in a process of its own, which is given the time of its start; blocks until it is done.

    Raises what that process raised; StageError: it ended without an answer.
    """
    command = [sys.executable, "-m", "stream_ocr.benchmark"]
    task = msgspec.structs.replace(task, began=time.monotonic())
    # Over standard input, because addresses may carry passwords, which a list of processes would show.
    done = subprocess.run(command, input=msgspec.json.encode(task), capture_output=True, check=False)  # noqa: S603
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise StageError(f"{masked(task.uri)}: {_TITLES[task.kind]}: {_ending(done)}")
    answer: Answer = msgspec.json.decode(lines[-1], type=Answer)
    if isinstance(answer, Refusal):
        raise _error(answer)
    return answer


_TITLES: dict[Kind, str] = {"decode": "decoding", "run": "the run", "rapidocr": "RapidOCR"}


def _error(refusal: Refusal) -> StreamOcrError:
    kind = getattr(errors, refusal.error, StreamOcrError)
    assert issubclass(kind, StreamOcrError)
    return kind(refusal.message)


def _ending(done: subprocess.CompletedProcess[bytes]) -> str:
    """How a process ended that has no answer, in one line."""
    if done.returncode < 0:
        return f"its process was killed by {signal.Signals(-done.returncode).name}"
    said = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
    return f"its process ended with exit code {done.returncode}: {said[-1]}"
