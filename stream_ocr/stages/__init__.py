"""The stages: each takes a message, works on it, and says what to send on. No sockets and no threads here.

Every stage keeps its state by source. What is not for it (status, stats) it passes on untouched.
"""

from stream_ocr.stages.annotate import Annotate
from stream_ocr.stages.classify import Classify
from stream_ocr.stages.detect import Detect
from stream_ocr.stages.plugged import Plugged
from stream_ocr.stages.publish import Publish
from stream_ocr.stages.recognize import Recognize
from stream_ocr.stages.stage import Of, Stage
from stream_ocr.stages.track import Track

__all__ = ["Annotate", "Classify", "Detect", "Of", "Plugged", "Publish", "Recognize", "Stage", "Track"]
