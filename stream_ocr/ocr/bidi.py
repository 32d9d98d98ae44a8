"""Text that is written from right to left: from the order in which it stands to the order in which it is said.

A network reads the signs of a line from left to right, whatever the script. The order of the text itself, as keyboards
and files have it, is Unicode's logical one (UAX #9).
"""

import unicodedata

from bidi.algorithm import get_display

__all__ = ["logical", "right_to_left"]

_RIGHT_TO_LEFT = {"R", "AL"}


def right_to_left(text: str) -> bool:
    """Whether any letter of it is of Arabic, Hebrew or another script that is written that way."""
    return any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in text)


def logical(seen: str) -> str:
    """The text whose signs stand as in `seen`, from left to right; text without such letters stays as it is.

    The way back is the way there: ordering for display, applied to what is displayed. The paragraph runs in the
    direction in which most of its letters do.
    """
    kinds = [unicodedata.bidirectional(sign) for sign in seen]
    backwards = sum(kind in _RIGHT_TO_LEFT for kind in kinds)
    if not backwards:
        return seen
    ordered: str = get_display(seen, base_dir="R" if backwards >= kinds.count("L") else "L")
    return ordered
