"""What the program says about itself, on standard error: always one line."""

import sys

from stream_ocr.masking import scrubbed

__all__ = ["complain", "say", "warn"]


def complain(message: str) -> None:
    """An error."""
    say(f"error: {message}")


def warn(message: str) -> None:
    """Something that was passed over."""
    say(f"warning: {message}")


def say(message: str) -> None:
    """One line, scrubbed of logins, whatever `message` contains."""
    sys.stderr.write(f"stream-ocr: {' '.join(scrubbed(message).splitlines())}\n")
    sys.stderr.flush()
