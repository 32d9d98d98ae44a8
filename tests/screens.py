"""A display of X11 on this machine that shows a picture: Xvfb, whose frame buffer is a file."""

import mmap
import os
import selectors
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from requirements import missing

from stream_ocr.messages import Image

__all__ = ["Screen"]

_PATIENCE = 20.0
_HEADER = struct.Struct(">25I")
"""Of an X window dump, version 7, which the frame buffer begins with."""


class Screen:
    """A display of the size of its picture, from `with` on."""

    def __init__(self, picture: Image) -> None:
        """`picture`: BGR."""
        program = shutil.which("Xvfb")
        if program is None:
            missing("no display, for Xvfb is not installed")
        self._program = program
        self._picture = picture
        self._folder = tempfile.TemporaryDirectory(prefix="screen-")
        self._process: subprocess.Popen[bytes] | None = None
        self.display = ""
        """Its name, as in :1."""

    def __enter__(self) -> Self:
        height, width = self._picture.shape[:2]
        reading, writing = os.pipe()
        mode = ["-screen", "0", f"{width}x{height}x24", "-fbdir", self._folder.name, "-noreset", "-nolisten", "tcp"]
        self._process = subprocess.Popen(
            [self._program, "-displayfd", str(writing), *mode], pass_fds=[writing], stderr=subprocess.DEVNULL
        )
        os.close(writing)
        with os.fdopen(reading) as told, selectors.DefaultSelector() as selector:
            selector.register(told, selectors.EVENT_READ)
            number = told.readline().strip() if selector.select(_PATIENCE) else ""
        if not number:
            self.__exit__()
            raise AssertionError("Xvfb does not start")
        self.display = f":{number}"
        self._show(self._picture)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_PATIENCE)
        self._folder.cleanup()

    def _show(self, picture: Image) -> None:
        height, width = picture.shape[:2]
        with (Path(self._folder.name) / "Xvfb_screen0").open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
            header = _HEADER.unpack_from(memory)
            size, line, colours = header[0], header[12], header[19]
            begin = size + 12 * colours
            pixels = np.zeros((height, line), np.uint8)
            pixels[:, : 4 * width] = cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA).reshape(height, 4 * width)
            memory[begin : begin + pixels.size] = pixels.tobytes()
