"""What the program says about itself, on standard error: always one line."""

import sys

__all__ = ["complain", "say", "warn"]


def complain(message: str) -> None:
    """An error."""
    say(f"error: {message}")


def warn(message: str) -> None:
    """Something that was passed over."""
    say(f"warning: {message}")


def say(message: str) -> None:
    """One line, whatever `message` contains."""
    sys.stderr.write(f"stream-ocr: {' '.join(message.splitlines())}\n")
    sys.stderr.flush()
