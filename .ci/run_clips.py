"""Runs `stream-ocr` over every clip of a folder and prints a table.

usage: run_clips.py FOLDER

Beside each clip stands its ground truth, CLIP.gt.json, and in the folder the scorer, score.py. Exits with 1 if a clip
did not run to its end.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

COLUMNS = "{:34} {:>7} {:>7} {:>8} {:>6} {:>4} {:>6} {:>6} {:>5} {:>6} {:>6}\n"
SUMMARY = re.compile(r"done: (\d+) frames, ([\d.]+) s of media in ([\d.]+) s \(([\d.]+)x realtime\)")
TIMEOUT = 600


def main(folder: Path) -> int:
    """Prints a row per clip; returns the exit code."""
    titles = ("clip", "frames", "seconds", "frames/s", "speed", "exit", "recall", "exact", "dup", "start", "end")
    sys.stdout.write(COLUMNS.format(*titles))
    failures, notes = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for truth in sorted(folder.glob("*.gt.json")):
            clip = truth.with_name(truth.name.removesuffix(".gt.json"))
            events = Path(scratch) / f"{clip.name}.jsonl"
            run = run_clip(clip, events)
            sys.stdout.write(COLUMNS.format(*row(clip, run, score(events, truth))))
            sys.stdout.flush()
            notes += [f"{clip.name}: {line}" for line in run.stderr.splitlines() if "warning:" in line]
            if run.returncode:
                failures.append(f"{clip.name}: {run.stderr.strip()}")
    for line in (*notes, *(f"FAILED {failure}" for failure in failures)):
        sys.stdout.write(f"{line}\n")
    return 1 if failures else 0


def run_clip(clip: Path, events: Path) -> subprocess.CompletedProcess[str]:
    """The finished process; its events are in `events`."""
    command = [sys.executable, "-m", "stream_ocr", "run", str(clip), "--jsonl", str(events)]
    return subprocess.run(command, check=False, capture_output=True, encoding="utf-8", timeout=TIMEOUT)  # noqa: S603 our own command


def score(events: Path, truth: Path) -> dict[str, float | None]:
    """The figures of the clips' own scorer, which looks at texts that are over."""
    lines = events.read_text(encoding="utf-8").splitlines() if events.exists() else []
    over = [line for line in lines if json.loads(line)["kind"] == "disappear"]
    events.write_text("".join(f"{line}\n" for line in over), encoding="utf-8")
    command = [sys.executable, str(truth.parent / "score.py"), str(events), str(truth)]
    figures: dict[str, float | None] = json.loads(subprocess.check_output(command, encoding="utf-8"))  # noqa: S603 the clips come with it
    return figures


def row(clip: Path, run: subprocess.CompletedProcess[str], figures: dict[str, float | None]) -> list[str]:
    """The columns of one clip."""
    summary = SUMMARY.search(run.stderr)
    frames, _, seconds, speed = summary.groups() if summary else ("-", "-", "-", "-")
    rate = f"{int(frames) / max(float(seconds), 0.1):.0f}" if summary else "-"
    names = ("recall", "exact", "dup", "start", "end")
    scores = ["-" if figures[name] is None else f"{figures[name]:.2f}" for name in names]
    return [clip.name[:34], frames, seconds, rate, f"{speed}x", str(run.returncode), *scores]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
