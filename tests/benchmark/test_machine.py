import os
from importlib.metadata import version
from pathlib import Path

from stream_ocr.benchmark.machine import this_machine


def test_what_is_known_of_this_machine() -> None:
    machine = this_machine()
    assert machine.cores == len(os.sched_getaffinity(0))
    assert machine.openvino == version("openvino")
    cpuinfo = Path("/proc/cpuinfo").read_text()
    assert machine.cpu
    assert "model name" not in cpuinfo or f": {machine.cpu}\n" in cpuinfo
