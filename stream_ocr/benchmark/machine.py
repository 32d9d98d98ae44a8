"""What is to be known of the machine that was measured on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from stream_ocr.benchmark.results import Machine

__all__ = ["this_machine"]

_CPUINFO = Path("/proc/cpuinfo")


def this_machine() -> Machine:
    """The one that this runs on."""
    return Machine(
        cpu=_cpu(_CPUINFO.read_text() if _CPUINFO.exists() else ""),
        cores=len(os.sched_getaffinity(0)),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        openvino=version("openvino"),
        rapidocr=version("rapidocr"),
    )


def _cpu(cpuinfo: str) -> str:
    """The model as Linux names it; elsewhere what Python knows."""
    names = (line.partition(":")[2].strip() for line in cpuinfo.splitlines() if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
