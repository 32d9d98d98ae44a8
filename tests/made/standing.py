"""Acts of texts that stand: covered, side by side, upside down, split, small, and no text at all."""

import numpy as np

from made.act import INSTANT, Act, Prop
from made.grounds import brickwork, clutter, plain, scribbles, sky, still
from made.palette import AMBER, BLACK, GREEN, NAVY, SIZE
from stream_ocr.drawing import WHITE, Colour, Patch, lettering, panel

__all__ = ["covered", "small", "split", "texture", "twins", "upside_down"]


def _board(width: int, height: int, colour: Colour) -> Patch:
    """A plain opaque board."""
    image = np.full((height, width, 3), colour, np.uint8)
    return Patch(image, np.ones((height, width), np.float32), (0, 0, width, height))


def covered() -> Act:
    """A bus hides one line wholly for 0.3 s; something slow hides the right half of another for over a second."""
    upper = Prop(panel("Central Library", 40, WHITE, GREEN), 60, 40, "Central Library", "upper")
    lower = Prop(panel("Opening hours 9-17", 36, BLACK, AMBER), 120, 220, "Opening hours 9-17", "lower")
    bus, cart = _board(640, 150, (60, 70, 120)), _board(220, 130, (90, 110, 70))

    def cast(t: float) -> list[Prop]:
        props = [upper, lower]
        if 0.9 - INSTANT <= t < 1.2 - INSTANT:
            props.append(Prop(bus, 0, 20))
        if 1.4 - INSTANT <= t < 2.6 - INSTANT:
            props.append(Prop(cart, 320, 200))
        return props

    return Act(name="covered", length=3.4, ground=sky(SIZE, 47), cast=cast)


def twins() -> Act:
    """Two equal texts side by side; the left one is taken away in the middle."""
    sign = panel("EXIT", 48, WHITE, GREEN)
    left, right = Prop(sign, 60, 120, "EXIT", "left"), Prop(sign, 380, 120, "EXIT", "right")

    def cast(t: float) -> list[Prop]:
        return [left, right] if t < 1.4 - INSTANT else [right]

    return Act(name="twins", length=2.6, ground=sky(SIZE, 53), cast=cast)


def upside_down() -> Act:
    """A crate that stands on its head."""
    props = [
        Prop(panel("THIS SIDE UP", 48, BLACK, AMBER), 120, 60, "THIS SIDE UP", "upper"),
        Prop(panel("Fragile glassware", 40, WHITE, NAVY), 130, 210, "Fragile glassware", "lower"),
    ]
    turned = np.array([[-1.0, 0.0, SIZE[0] - 1], [0.0, -1.0, SIZE[1] - 1]])
    return Act(
        name="upside_down", length=2.0, ground=still(clutter(SIZE, 59)), cast=lambda _: props, camera=lambda _: turned
    )


def texture() -> Act:
    """Bricks, twigs and blobs, over which the camera goes: nothing to read."""
    world = (900, 360)
    wall = scribbles(world, 61, (450, 20, 880, 340))
    wall[:, :420] = brickwork((420, 360), 63)

    def camera(t: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        return np.array([[1.0, 0.0, -120 * t], [0.0, 1.0, 0.0]])

    return Act(name="texture", length=1.4, ground=still(wall), cast=lambda _: [], camera=camera)


def split() -> Act:
    """On one row words far apart, which are two lines; on the next words near each other, which are one."""
    props = [
        Prop(lettering("Total", 34, WHITE), 40, 80, "Total", "far left"),
        Prop(lettering("1249.50 EUR", 34, WHITE), 380, 80, "1249.50 EUR", "far right"),
        Prop(lettering("Thank you for your visit", 34, WHITE), 40, 200, "Thank you for your visit", "near"),
    ]
    return Act(name="split", length=1.4, ground=plain(SIZE, (60, 50, 45)), cast=lambda _: props)


def small() -> Act:
    """Print that is eleven pixels high, in a large picture."""
    size = (1280, 720)
    props = [
        Prop(
            panel("Ticket office on the second floor", 20, WHITE, NAVY),
            120,
            200,
            "Ticket office on the second floor",
            "one",
        ),
        Prop(panel("Tel. 030 2974 1180", 20, BLACK, WHITE), 700, 420, "Tel. 030 2974 1180", "two"),
    ]
    return Act(name="small", length=2.0, size=size, ground=sky(size, 67), cast=lambda _: props)
