"""Frames per second of stream-ocr and of RapidOCR over every frame of the same clip, side by side.

    python tests/bench/against_rapidocr.py CLIP [CLIP ...] [--max-frames N] [--repeat N]

Each side runs in a process of its own, in turn; loading the models is left out on both sides and given by itself.
Both use the same weights on OpenVINO at the precision that OpenVINO prefers on this CPU. Ratios carry over to other
machines, frames per second do not.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def ours(clip: Path) -> dict[str, float]:
    """One run of the whole graph over the clip, without sinks."""
    began = time.perf_counter()
    from stream_ocr.api import media_config
    from stream_ocr.messages import SourceStats, SourceStatus, TextEvent
    from stream_ocr.pipeline import Pipeline
    from stream_ocr.sinks import Item

    class Clock:
        first = 0.0
        frames = 0
        reads = 0
        events = 0

        def write(self, item: Item) -> None:
            if isinstance(item, SourceStatus):
                self.first = self.first or time.perf_counter()
            elif isinstance(item, TextEvent):
                self.events += item.kind == "appear"
            elif isinstance(item, SourceStats):
                self.frames, self.reads = item.frames, item.readings

        def poll(self) -> None:
            pass

        def close(self) -> None:
            self.end = time.perf_counter()

    clock = Clock()
    Pipeline(media_config(clip), sinks=[clock]).run()
    seconds = clock.end - clock.first
    return {
        "frames": clock.frames,
        "seconds": seconds,
        "start": clock.first - began,
        "reads": clock.reads,
        "events": clock.events,
    }


def rapidocr(clip: Path, max_frames: int) -> dict[str, float]:
    """RapidOCR on every frame, as its README shows it."""
    began = time.perf_counter()
    import av
    from rapidocr import EngineType, RapidOCR

    engines = {f"{part}.engine_type": EngineType.OPENVINO for part in ("Det", "Cls", "Rec")}
    engine = RapidOCR(params={"Global.log_level": "critical", **engines})
    frames = 0
    with av.open(str(clip)) as container:
        pictures = (frame.to_ndarray(format="bgr24") for frame in container.decode(video=0))
        engine(next(pictures))
        first = time.perf_counter()
        for picture in pictures:
            engine(picture)
            frames += 1
            if frames == max_frames:
                break
    return {"frames": frames, "seconds": time.perf_counter() - first, "start": first - began, "reads": 0, "events": 0}


def measure(side: str, clip: Path, max_frames: int) -> dict[str, Any]:
    """Runs one side in a process of its own."""
    command = [sys.executable, __file__, str(clip), "--side", side, "--max-frames", str(max_frames)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--max-frames", type=int, default=120, help="frames that RapidOCR gets at most (default 120)")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--side", choices=("ours", "rapidocr"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        clip = arguments.clips[0]
        result = ours(clip) if arguments.side == "ours" else rapidocr(clip, arguments.max_frames)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**result, "fps": result["frames"] / result["seconds"], "peak_mb": peak}))
        return
    print(f"{'clip':32} {'ours fps':>9} {'rapidocr':>9} {'ratio':>7} {'start s':>8} {'peak MB':>8} {'its MB':>7}")
    for clip in arguments.clips:
        pairs = [
            [measure(side, clip, arguments.max_frames) for side in ("ours", "rapidocr")]
            for _ in range(arguments.repeat)
        ]
        ratio = statistics.median(mine["fps"] / its["fps"] for mine, its in pairs)
        mine, its = pairs[0]
        print(
            f"{clip.name:32} {mine['fps']:9.1f} {its['fps']:9.2f} {ratio:6.1f}x {mine['start']:8.2f} "
            f"{mine['peak_mb']:8.0f} {its['peak_mb']:7.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
