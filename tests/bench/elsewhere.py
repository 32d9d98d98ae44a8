"""What it costs to run a stage as a process, and how soon one that was killed is back.

python tests/bench/elsewhere.py            frames of 1280x720 there and back; a clip with detection here and there
python tests/bench/elsewhere.py --kill     a live source, and each stage killed three times
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from clips import make_clip  # the folder of the tests is known by now
from frames import frame, searched
from placement.processes import process_of
from watching import Watched

from stream_ocr.configfile import build
from stream_ocr.messages import SourceStats
from stream_ocr.placement.post import Job, Post
from stream_ocr.placement.remote import Remote
from stream_ocr.scene import Scene
from stream_ocr.transport import Context

_FRAMES = 200
_STAGES = ("detect", "track", "classify", "recognize")


def there_and_back(transfer: str) -> str:
    """A stage that does nothing, and the picture of a 720p camera."""
    settings = {"run": "process", "transfer": transfer, "enabled": False}
    config = build({"sources": {"desk": {"uri": "test:"}}, "stages": {"classify": settings}})
    job = Job("stage", "classify", config.stages.classify)
    image = np.ascontiguousarray(Scene((1280, 720), 30.0, 4.0, 1).picture(1.0))
    took = []
    with Context() as context, Post(job, config, context, threading.Event()) as post:
        post.open()
        remote = Remote(job, post, lambda *_: None)
        began = time.process_time()
        for number in range(_FRAMES):
            sent = time.monotonic()
            came = remote.work(searched(frame(0.1 * number, image)))
            while not came or not remote.accepts:
                post.desk.wait_for(1.0)
                came += remote.settle()
            took.append(1000 * (time.monotonic() - sent))
        here = 1000 * (time.process_time() - began) / _FRAMES
    low, middle, high = (np.percentile(took, share) for share in (10, 50, 90))
    return f"{transfer}: {middle:.2f} ms there and back (10 to 90 of 100: {low:.2f} to {high:.2f}), {here:.2f} ms here"


def frames_per_second(clip: Path, stages: dict[str, Any]) -> float:
    """Of a whole run, from the first frame on."""
    with Watched(build({"sources": {"desk": {"uri": str(clip)}}, "stages": stages, "stats_every": 0.1})) as run:
        began = run.status("online", 60.0)
        run.result(300.0)
    ended, frames = [(at, item.frames) for at, item in run.notes.items if isinstance(item, SourceStats)][-1]
    return frames / (ended - began)


def back_after(clip: Path, stage: str) -> list[float]:
    """Seconds from the death of a stage to the next result."""
    source = {"uri": f"movie=filename={clip}:loop=0,setpts=N/(FRAME_RATE*TB)", "format": "lavfi"}
    config = build({"sources": {"desk": source}, "stages": {stage: {"run": "process"}}, "stats_every": 0.1})
    took = []
    with Watched(config) as run:
        run.appear("EXIT 25", 60.0)
        for _ in range(3):
            threading.Event().wait(2.0)
            process = process_of("stage", stage)
            assert process is not None
            os.kill(process, signal.SIGKILL)
            killed = time.monotonic()
            took.append(run.published(since=killed) - killed)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kill", action="store_true")
    with tempfile.TemporaryDirectory() as folder:
        clip = make_clip(Path(folder) / "scene.mp4", scene=Scene((1280, 720), 30.0, 8.0, 1))
        if parser.parse_args().kill:
            for stage in _STAGES:
                print(f"{stage}: next result after", *(f"{seconds:.1f} s" for seconds in back_after(clip, stage)))
            return
        for transfer in ("raw", "jpeg"):
            print(there_and_back(transfer))
        for name, stages in (("threads", {}), ("detect as a process", {"detect": {"run": "process"}})) * 3:
            print(f"{name}: {frames_per_second(clip, stages):.1f} frames per second")


if __name__ == "__main__":
    main()
