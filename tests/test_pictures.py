"""Picture files of all kinds, made here."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stream_ocr.errors import SourceError
from stream_ocr.pictures import load_picture

RED = (255, 0, 0)
BGR_RED = [0, 0, 255]


def _saved(picture: Image.Image, path: Path, **options: Any) -> Path:
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("kind", ["png", "bmp", "tiff", "ppm", "gif", "webp"])
def test_colours_come_as_bgr(tmp_path: Path, kind: str) -> None:
    options = {"lossless": True} if kind == "webp" else {}
    loaded = load_picture(_saved(Image.new("RGB", (5, 3), RED), tmp_path / f"red.{kind}", **options))
    assert loaded.shape == (3, 5, 3)
    assert loaded.dtype == np.uint8
    assert loaded[1, 2].tolist() == BGR_RED


@pytest.mark.parametrize("mode", ["RGB", "P", "CMYK", "RGBA"])
def test_colour_modes(tmp_path: Path, mode: str) -> None:
    loaded = load_picture(_saved(Image.new("RGB", (4, 4), RED).convert(mode), tmp_path / "red.tiff"))
    assert loaded[0, 0].tolist() == pytest.approx(BGR_RED, abs=2)


@pytest.mark.parametrize(("mode", "value"), [("L", 200), ("1", 255)])
def test_grey_and_bilevel(tmp_path: Path, mode: str, value: int) -> None:
    loaded = load_picture(_saved(Image.new(mode, (4, 2), value), tmp_path / "grey.tiff"))
    assert loaded.shape == (2, 4, 3)
    assert loaded[0, 0].tolist() == [value] * 3


@pytest.mark.parametrize(("highest", "expected"), [(65535, [0, 127, 255]), (4095, [0, 127, 255]), (255, [0, 127, 255])])
def test_sixteen_bits_are_reduced_by_those_in_use(tmp_path: Path, highest: int, expected: list[int]) -> None:
    deep = np.array([[0, highest // 2, highest]], np.uint16)
    loaded = load_picture(_saved(Image.fromarray(deep), tmp_path / "deep.png"))
    assert loaded[0, :, 1].tolist() == expected


def test_thirty_two_bits_and_floats(tmp_path: Path) -> None:
    deep = load_picture(_saved(Image.fromarray(np.array([[-5, 0, 65535]], np.int32)), tmp_path / "deep.tiff"))
    assert deep[0, :, 0].tolist() == [0, 0, 255]
    floats = np.array([[0.5, np.nan, 1.0, -1.0]], np.float32)
    assert load_picture(_saved(Image.fromarray(floats), tmp_path / "float.tiff"))[0, :, 0].tolist() == [
        191,
        127,
        255,
        0,
    ]
    flat = Image.fromarray(np.full((2, 2), 3.5, np.float32))
    assert load_picture(_saved(flat, tmp_path / "flat.tiff")).max() == 0


def test_dark_on_transparent_is_put_on_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    picture.putpixel((1, 1), (20, 30, 40, 255))
    loaded = load_picture(_saved(picture, tmp_path / "ink.png"))
    assert loaded[0, 0].tolist() == [255, 255, 255]
    assert loaded[1, 1].tolist() == [40, 30, 20]


def test_light_on_transparent_is_put_on_black(tmp_path: Path) -> None:
    picture = Image.new("LA", (4, 4), (0, 0))
    picture.putpixel((1, 1), (250, 255))
    loaded = load_picture(_saved(picture, tmp_path / "chalk.png"))
    assert loaded[0, 0].tolist() == [0, 0, 0]
    assert loaded[1, 1].tolist() == [250, 250, 250]


def test_half_transparent_is_blended(tmp_path: Path) -> None:
    loaded = load_picture(_saved(Image.new("RGBA", (2, 2), (0, 0, 0, 128)), tmp_path / "veil.png"))
    assert loaded[0, 0].tolist() == [126, 126, 126]


def test_wholly_transparent_is_white(tmp_path: Path) -> None:
    assert load_picture(_saved(Image.new("RGBA", (2, 2), (9, 9, 9, 0)), tmp_path / "no.png")).min() == 255


def test_a_palette_with_a_transparent_colour(tmp_path: Path) -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([0, 0, 0, 10, 20, 30])
    picture.putpixel((1, 0), 1)
    loaded = load_picture(_saved(picture, tmp_path / "palette.png", transparency=0))
    assert loaded[0].tolist() == [[255, 255, 255], [30, 20, 10]]


@pytest.mark.parametrize(
    ("orientation", "shape", "corner"),
    [
        (1, (4, 6), (0, 0)),
        (2, (4, 6), (0, 5)),
        (3, (4, 6), (3, 5)),
        (4, (4, 6), (3, 0)),
        (5, (6, 4), (0, 0)),
        (6, (6, 4), (0, 3)),
        (7, (6, 4), (5, 3)),
        (8, (6, 4), (5, 0)),
        (9, (4, 6), (0, 0)),
    ],
)
@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_exif_orientation_is_applied(
    tmp_path: Path, kind: str, orientation: int, shape: tuple[int, int], corner: tuple[int, int]
) -> None:
    """`corner` is where the stored top left belongs."""
    picture = Image.new("RGB", (6, 4), "black")
    picture.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = orientation
    loaded = load_picture(_saved(picture, tmp_path / f"turned.{kind}", exif=exif))
    assert loaded.shape == (*shape, 3)
    assert loaded[corner].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02"]
)
def test_broken_exif_is_passed_over(tmp_path: Path, exif: bytes) -> None:
    path = _saved(Image.new("RGB", (6, 4), RED), tmp_path / "odd.jpg", exif=exif)
    assert load_picture(path).shape == (4, 6, 3)


def test_the_first_picture_of_an_animation(tmp_path: Path) -> None:
    second = Image.new("RGB", (4, 4), "blue")
    path = _saved(Image.new("RGB", (4, 4), RED), tmp_path / "two.gif", save_all=True, append_images=[second])
    assert load_picture(path)[0, 0].tolist() == BGR_RED


def test_what_is_missing_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"missing\.png: expected a picture, got no such file"):
        load_picture(tmp_path / "missing.png")
    with pytest.raises(SourceError, match="expected a picture, got a folder"):
        load_picture(tmp_path)
    with pytest.raises(SourceError, match="/dev/null: expected a picture, got something else"):
        load_picture(Path("/dev/null"))


@pytest.mark.parametrize("content", [b"", b"Dear all,\n", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.png"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"letter\.png: expected a picture, got a file of another kind"):
        load_picture(path)


@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff"])
def test_a_truncated_picture_is_one_line(tmp_path: Path, kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (40, 40, 3), np.uint8)
    path = _saved(Image.fromarray(noise), tmp_path / f"cut.{kind}")
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(SourceError, match=f"cut.{kind}: ") as raised:
        load_picture(path)
    assert "\n" not in str(raised.value)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(SourceError, match="expected a picture of at most 179 megapixels"):
        load_picture(path)
