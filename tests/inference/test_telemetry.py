"""Nothing is told to anybody: what OpenVINO would report, it would note in the user's folder first."""

import os
import subprocess
import sys
from pathlib import Path

SOON = 60.0


def test_loading_openvino_reports_nothing(tmp_path: Path) -> None:
    code = "import sys, stream_ocr.inference; assert 'openvino.tools.ovc' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=SOON, env={**_outside_ci(), "HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def _outside_ci() -> dict[str, str]:
    """The environment of a user: OpenVINO does not report what happens in a test server."""
    return {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
