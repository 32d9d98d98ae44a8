"""A camera that speaks RTSP: GStreamer's server, run as a program by the system's Python (see cameras.RtspCamera).

The first line on standard input is a JSON object with the settings; lines after that are commands: `hold` keeps the
video back (sound goes on), `flow` lets it go again. It ends with its input. On standard output it says `port N` once
it listens.
"""

import json
import sys
from pathlib import Path
from typing import Any, TypeAlias

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")

from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 the versions come first

Settings: TypeAlias = "dict[str, Any]"

ELEMENTS = (
    *("appsrc", "jpegdec", "videoconvert", "rtpjpegpay"),
    *("x264enc", "h264parse", "rtph264pay", "x265enc", "h265parse", "rtph265pay"),
    "rtppcmapay",
)
"""What is needed of GStreamer."""
DECODED = "jpegdec ! videoconvert ! video/x-raw,format=I420"
ENCODERS = {
    "h264": DECODED + " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max={rate} bitrate={kbits}"
    " ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1",
    "h265": DECODED + " ! x265enc tune=zerolatency speed-preset=ultrafast key-int-max={rate} bitrate={kbits}"
    " ! h265parse ! rtph265pay name=pay0 pt=96 config-interval=1",
    "mjpeg": "rtpjpegpay name=pay0 pt=26",
}


SOUND_PERIOD = 100
"""Milliseconds."""
SILENCE = b"\xd5" * (8 * SOUND_PERIOD)
"""A-law at 8 kHz."""


class Tape:
    """Pictures as JPEG, fed into a pipeline at their rate, round and round."""

    def __init__(self, settings: Settings) -> None:
        self.held = False
        self._pictures = [path.read_bytes() for path in sorted(Path(settings["pictures"]).glob("*.jpg"))]
        self._period = round(1000 / settings["rate"])
        self._next = 0

    def configure(self, _: Any, media: Any) -> None:
        """Feeds a medium that somebody has asked for, until it is given up."""
        video, sound = map(media.get_element().get_by_name, ("video", "sound"))
        timers = [GLib.timeout_add(self._period, self._show, video)]
        if sound is not None:
            timers.append(GLib.timeout_add(SOUND_PERIOD, self._hum, sound))
        media.connect("unprepared", lambda _: list(map(GLib.source_remove, timers)))

    def _show(self, video: Any) -> bool:
        if not self.held:
            picture = self._pictures[self._next % len(self._pictures)]
            self._next += 1
            video.emit("push-buffer", Gst.Buffer.new_wrapped(picture))
        return True

    def _hum(self, sound: Any) -> bool:
        sound.emit("push-buffer", Gst.Buffer.new_wrapped(SILENCE))
        return True


def pipeline(settings: Settings) -> str:
    """What is launched when the first reader comes."""
    rate = settings["rate"]
    width, height = settings["size"]
    encoder = ENCODERS[settings["codec"]].format(rate=rate, kbits=settings["kbits"])
    caps = f"image/jpeg,framerate={rate}/1,width={width},height={height}"
    source = "appsrc name={} is-live=true do-timestamp=true format=time max-buffers=30 caps={}"
    video = f"{source.format('video', caps)} ! {encoder}"
    sound = f"{source.format('sound', 'audio/x-alaw,rate=8000,channels=1')} ! rtppcmapay name=pay1 pt=8"
    return f"( {video} {sound if settings['sound'] else ''} )"


def protect(server: Any, factory: Any, settings: Settings) -> None:
    """Asks for a user and password, or speaks TLS, where the settings say so."""
    auth = GstRtspServer.RTSPAuth()
    if settings["certificate"]:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(settings["certificate"]))
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)
    user, password = settings["user"], settings["password"]
    if user is None:
        auth.set_default_token(token)
    elif settings["scheme"] == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)


def serve(settings: Settings) -> None:
    """Serves until standard input ends."""
    tape = Tape(settings)
    loop = GLib.MainLoop()
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(settings["port"]))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(pipeline(settings))
    factory.set_shared(True)
    factory.connect("media-configure", tape.configure)
    if settings["user"] is not None or settings["certificate"]:
        protect(server, factory, settings)
    server.get_mount_points().add_factory(settings["path"], factory)

    def command(*_: Any) -> bool:
        line = sys.stdin.readline()
        tape.held = {"hold": True, "flow": False}.get(line.strip(), tape.held)
        if not line:
            loop.quit()
        return bool(line)

    GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, command)
    if not server.attach(None):
        sys.exit(f"port {settings['port']} is taken")
    print("port", server.get_bound_port(), flush=True)
    loop.run()


def missing() -> list[str]:
    """The elements that are not installed."""
    return [name for name in ELEMENTS if Gst.ElementFactory.find(name) is None]


if __name__ == "__main__":
    Gst.init(None)
    if "--missing" in sys.argv:
        print(" ".join(missing()))
    else:
        serve(json.loads(sys.stdin.readline()))
