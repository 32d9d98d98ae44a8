"""The size and the colours that the acts share."""

from stream_ocr.drawing import Colour

__all__ = ["AMBER", "BLACK", "GREEN", "GREY", "NAVY", "SIZE"]

SIZE = (640, 360)
NAVY: Colour = (48, 28, 20)
GREEN: Colour = (75, 105, 0)
BLACK: Colour = (25, 20, 20)
AMBER: Colour = (40, 200, 250)
GREY: Colour = (200, 200, 205)
