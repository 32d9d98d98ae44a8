"""The command line: the only place that prints and exits.

What a command does stands in a module of its own beside `app`, which only says what there is to type. Heavy libraries
(OpenVINO, PyAV, OpenCV) are imported when a command needs them, so that `--help` answers at once.
"""

from stream_ocr.cli.app import main

__all__ = ["main"]
