"""A measuring process: takes one task as JSON from standard input, and answers with one line on standard output."""

import sys

import msgspec

from stream_ocr.benchmark.measurements import Answer, Refusal, Task
from stream_ocr.benchmark.measuring import measure
from stream_ocr.errors import StreamOcrError


def _answer() -> Answer:
    try:
        return measure(msgspec.json.decode(sys.stdin.buffer.read(), type=Task))
    except StreamOcrError as error:
        return Refusal(error=type(error).__name__, message=str(error))


if __name__ == "__main__":
    sys.stdout.buffer.write(b"\n" + msgspec.json.encode(_answer()) + b"\n")
