import pytest

from stream_ocr.masking import masked, masked_options, scrubbed


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("rtsp://user:pass@cam/stream", "rtsp://***@cam/stream"),
        ("rtsp://user:pa@ss@cam/stream@2", "rtsp://***@cam/stream@2"),
        ("rtsp://user@cam:554", "rtsp://***@cam:554"),
        ("RTSPS://%75ser:p%40ss@[::1]:322/a", "RTSPS://***@[::1]:322/a"),
        ("rtsp://user:pa/ss@cam/stream", "rtsp://***@cam/stream"),
        ("rtsp://user:pa?s=1@cam/stream", "rtsp://***@cam/stream"),
        ("rtsp://user:pa#ss@cam/stream", "rtsp://***@cam/stream"),
        ("rtsp://user:12/34@cam/stream", "rtsp://***@cam/stream"),
        ("rtsp:/user:pass@cam/stream", "rtsp:/***@cam/stream"),
        ("user:pass@cam/stream", "***@cam/stream"),
        ("user:pa:ss/w@rd@cam/stream", "***@cam/stream"),
        ("rtsp://cam:554/user=admin&password=x1&channel=1", "rtsp://cam:554/user=***&password=***&channel=1"),
        ("rtsp://cam/av?channel=1&subtype=0", "rtsp://cam/av?channel=1&subtype=0"),
        (
            "http://cam/v.cgi?usr=a&pwd=b;p=c&resolution=640x480",
            "http://cam/v.cgi?usr=***&pwd=***;p=***&resolution=640x480",
        ),
        ("https://host/a.m3u8?token=abc", "https://host/a.m3u8?token=***"),
        ("https://host/a.m3u8?X-Amz-Signature=abc%2F#t=3", "https://host/a.m3u8?X-Amz-Signature=***#t=***"),
        ("https://host/a.m3u8?src=rtsp://u:p@cam/x", "https://host/a.m3u8?src=***"),
        ("rtmp://host/live/stream", "rtmp://host/live/stream"),
        ("/videos/me@home.mp4", "/videos/me@home.mp4"),
        ("/videos/take=3/a:b.mp4", "/videos/take=3/a:b.mp4"),
        ("file:///videos/take=3.mp4", "file:///videos/take=3.mp4"),
        ("test:size=320x180&rate=10", "test:size=320x180&rate=10"),
        ("webcam:0", "webcam:0"),
        ("screen::0.0+100,200", "screen::0.0+100,200"),
    ],
)
def test_masked(uri: str, shown: str) -> None:
    assert masked(uri) == shown
    assert masked(shown) == shown


def test_every_url_in_a_text_is_masked() -> None:
    text = (
        "a: got 'rtsp://me:s3cret@cam/x' (no http://h/?key=s3cret), (rtsp://me:s3cret@cam/?a=1), http://h/?t=s3cret: "
        "nor me:s3/cr@et@cam; 10:30 at Kim's <k@x.org>"
    )
    assert scrubbed(text) == (
        "a: got 'rtsp://***@cam/x' (no http://h/?key=***), (rtsp://***@cam/?a=***), http://h/?t=***: "
        "nor ***@cam; 10:30 at Kim's <k@x.org>"
    )


def test_options_that_carry_logins() -> None:
    options = {
        "headers": "Authorization: Basic czNjcmV0",
        "password": "s3cret",
        "rtmp_conn": "S:s3cret",
        "http_proxy": "http://me:s3cret@proxy:3128",
        "rtsp_transport": "tcp",
        "video_size": "640x480",
    }
    assert masked_options(options) == {
        "headers": "***",
        "password": "***",
        "rtmp_conn": "***",
        "http_proxy": "http://***@proxy:3128",
        "rtsp_transport": "tcp",
        "video_size": "640x480",
    }
