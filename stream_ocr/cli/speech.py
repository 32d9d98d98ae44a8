"""What the program says about itself, on standard error: always one line."""

import select
import sys

from stream_ocr.masking import scrubbed

__all__ = ["amount", "complain", "say", "warn"]

_PATIENCE_MS = 50


def complain(message: str) -> None:
    """An error."""
    say(f"error: {message}")


def warn(message: str) -> None:
    """Something that was passed over."""
    say(f"warning: {message}")


def say(message: str) -> None:
    """One line, scrubbed of logins, whatever `message` contains; none where nobody takes it: that is not waited for."""
    if _has_room():
        sys.stderr.write(f"stream-ocr: {' '.join(scrubbed(message).splitlines())}\n")
        sys.stderr.flush()


def amount(number: int, what: str) -> str:
    """`1 event`, `2 events`: `what` is the plural."""
    return f"{number} {what.removesuffix('s') if number == 1 else what}"


def _has_room() -> bool:
    """Whether standard error takes a line now or soon: it may be a full pipe that nobody reads."""
    try:
        number = sys.stderr.fileno()
    except (OSError, ValueError):  # not a file
        return True
    room = select.poll()
    room.register(number, select.POLLOUT)
    return bool(room.poll(_PATIENCE_MS))
