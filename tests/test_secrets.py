"""Nothing that leaves the program carries a login: real commands against a real camera, with a wrong password."""

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from broadcasts import MjpegCamera
from cameras import RtspCamera, notice
from watching import Watched

from stream_ocr.api import media_config, source_name
from stream_ocr.configfile import parse
from stream_ocr.errors import StreamOcrError

USER, PASSWORD, TOKEN = "bob.the.viewer", "pa:ss/w0rd@4711", "t0k3n-8f3a"
FORMS = {
    *(USER, PASSWORD, TOKEN, quote(PASSWORD, safe=""), "w0rd", "4711"),
    base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
}
GATE = notice("GATE 12", (320, 240))
SOON = 60


def told(text: str) -> set[str]:
    """What of the login stands in a text."""
    return {form for form in FORMS if form.lower() in text.lower()}


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CAM_USER": USER, "CAM_PASSWORD": quote(PASSWORD, safe=""), "CAM_TOKEN": TOKEN}
    line = [sys.executable, "-m", "stream_ocr", *arguments]
    return subprocess.run(line, cwd=cwd, env=environment, capture_output=True, text=True, timeout=SOON, check=False)


@contextmanager
def cameras() -> Iterator[tuple[int, int]]:
    """The ports of an RTSP and an HTTP camera that ask for another login."""
    with RtspCamera(GATE, login=("me", "right")) as rtsp, MjpegCamera(GATE, login=("me", "right")) as http:
        yield rtsp.port, http.port


CONFIG = """
sources:
  front:
    uri: "rtsp://${{CAM_USER}}:${{CAM_PASSWORD}}@127.0.0.1:{rtsp}/live?token=${{CAM_TOKEN}}&channel=1"
    reconnect: {{attempts: 0}}
  back:
    uri: "http://127.0.0.1:{http}/video?usr=${{CAM_USER}}&key=${{CAM_TOKEN}}"
    options:
      headers: "Authorization: Basic {basic}\\r\\nX-Token: ${{CAM_TOKEN}}\\r\\n"
      http_proxy: "http://${{CAM_USER}}:${{CAM_PASSWORD}}@127.0.0.1:{http}"
    reconnect: {{attempts: 0}}
sinks:
  - jsonl: {{path: "events.jsonl"}}
  - video: {{path: "{{source}}.mp4"}}
"""


def written(folder: Path, rtsp: int, http: int) -> str:
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (folder / "cameras.yaml").write_text(CONFIG.format(rtsp=rtsp, http=http, basic=basic), encoding="utf-8")
    return "cameras.yaml"


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_a_config_whose_logins_are_wrong(tmp_path: Path, debug: list[str]) -> None:
    with cameras() as (rtsp, http):
        path = written(tmp_path, rtsp, http)
        process = command(*debug, "run", path, cwd=tmp_path)
    assert process.returncode == 1
    assert ": wrong user or password (401)" in process.stderr
    assert ("Traceback" in process.stderr) == bool(debug)
    assert told(process.stderr + process.stdout) == set()
    assert told(" ".join(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*"))) == set()
    (tmp_path / path).unlink()
    assert told("".join(file.read_text(errors="replace") for file in tmp_path.rglob("*") if file.is_file())) == set()


def test_check_masks_uris_and_options(tmp_path: Path) -> None:
    process = command("check", written(tmp_path, 554, 80), cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert "rtsp://***@127.0.0.1:554/live?token=***&channel=1" in process.stdout
    assert told(process.stdout + process.stderr) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "{url}", "--set", "source.reconnect.attempts=0"],
        ["run", "--debug", "{url}", "--set", "source.reconnect.attempts=0"],
        ["run", "rtsp:/" + USER + ":" + PASSWORD + "@127.0.0.1/live"],
        ["run", USER + ":" + PASSWORD + "@127.0.0.1/live"],
        ["run", "a.mp4", "{url}"],
        ["run", "a.mp4", "--set", "{url}"],
        ["run", "a.mp4", "--set", "source={url}"],
        ["read", "{url}"],
        ["eval", "{url}"],
        ["check", "{url}"],
        ["listen", "{url}"],
        ["--debug", "listen", "{url}"],
    ],
)
def test_a_login_on_the_command_line_is_not_repeated(tmp_path: Path, arguments: list[str]) -> None:
    with cameras() as (rtsp, _):
        url = f"rtsp://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{rtsp}/live?key={TOKEN}"
        process = command(*(each.format(url=url) for each in arguments), cwd=tmp_path)
    assert process.returncode in (1, 2)
    assert process.stderr
    assert told(process.stderr + process.stdout) == set()


def test_what_subscribers_are_told() -> None:
    with cameras() as (rtsp, http):
        environment = {"CAM_USER": USER, "CAM_PASSWORD": quote(PASSWORD, safe=""), "CAM_TOKEN": TOKEN}
        text = re.sub(r"sinks:.*", "", CONFIG.format(rtsp=rtsp, http=http, basic="x"), flags=re.DOTALL)
        with pytest.raises(StreamOcrError) as caught, Watched(parse(text, environ=environment)) as run:
            run.result()
    assert told(str(caught.value)) == set()
    assert {status.source for status in run.notes.statuses} == {"front", "back"}
    assert told(msgspec.json.encode([item for _, item in run.notes.items]).decode()) == set()


@pytest.mark.parametrize(
    "uri",
    [
        f"rtsp://{USER}:{quote(PASSWORD, safe='')}@cam.local/live",
        f"rtsp://{USER}:{PASSWORD}@cam.local/live",
        f"rtsp:/{USER}:{PASSWORD}@cam.local/live",
        f"{USER}:{PASSWORD}@cam.local/live",
        f"http://cam.local/{TOKEN}?key={TOKEN}",
    ],
)
def test_the_name_of_a_source_is_none_of_it(uri: str) -> None:
    assert told(source_name(uri)) == set()
    assert told(" ".join(media_config(uri).sources)) == set()
