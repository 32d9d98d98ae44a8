"""The example of docs/plugins.md: installed as a user would, and run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "plugin-example"
CONFIG = """
sources: {desk: {uri: "test:size=640x360&rate=5&length=1.6"}}
plugins:
  - {after: track, largest: {count: 1}}
sinks:
  - overlay: {path: now.txt}
  - jsonl: {path: events.jsonl}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the example was installed."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--no-build-isolation", "--target", folder, EXAMPLE], check=True, timeout=120)
    return folder


def _stream_ocr(site: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "stream_ocr", *arguments]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_the_example_runs(site: Path, tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(CONFIG, encoding="utf-8")
    ended = _stream_ocr(site, "run", "desk.yaml", "--set", "ocr.precision=f32", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {event["text"] for event in events} == {"EXIT 25"}, "the largest line"
    assert (tmp_path / "now.txt").read_text(encoding="utf-8") == "", "nothing can be seen when it is over"


def test_check_names_the_plugins(site: Path, tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(CONFIG, encoding="utf-8")
    checked = _stream_ocr(site, "check", "desk.yaml", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert "#   largest    plugin of stream-ocr-overlay 1.0" in checked.stdout
    assert "#   plugins, sinks: overlay (stream-ocr-overlay 1.0)" in checked.stdout
    wrong = "sinks=[{overlay: {path: now.txt, lines: many}}]"
    refused = _stream_ocr(site, "check", "desk.yaml", "--set", wrong, cwd=tmp_path)
    assert refused.returncode == 2
    assert "sinks[0].overlay.lines: expected int, got str" in refused.stderr


def test_the_page_shows_the_code_of_the_example() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(EXAMPLE.rglob("*.py")))
    code += (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")
    blocks = [block.split("\n", 1) for block in DOCS.split("```")[1::2]]
    shown = [content for language, content in blocks if language in ("python", "toml")]
    assert len(shown) == 3
    for content in shown:
        assert content in code
