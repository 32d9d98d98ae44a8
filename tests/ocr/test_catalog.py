"""The catalogue against the installed packages and against what people are told."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream_ocr.errors import ModelError
from stream_ocr.ocr.catalog import CATALOGUE, Entry, Model, named

README = Path(__file__).parents[2] / "models" / "README.md"
ENTRIES = {entry.name: entry for model in CATALOGUE.values() for _, entry in model.parts()}


def _published() -> dict[str, dict[str, dict[str, Any]]]:
    """What RapidOCR's makers publish for ONNX Runtime: kind of network to name to address and hash."""
    spec = find_spec("rapidocr")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    text = Path(spec.submodule_search_locations[0], "default_models.yaml").read_text("utf-8")
    versions = yaml.safe_load(text)["onnxruntime"]
    return {kind: {**versions["PP-OCRv5"][kind], **versions["PP-OCRv6"][kind]} for kind in ("det", "rec")}


@pytest.mark.parametrize("kind", ["det", "rec"])
def test_every_network_that_rapidocr_lists_is_in_it_as_it_lists_it(kind: str) -> None:
    listed = _published()[kind]
    assert len(listed) == {"det": 5, "rec": 16}[kind]
    by_url = {entry.url: entry.sha256 for entry in ENTRIES.values()}
    for name, file in listed.items():
        assert by_url.get(file["model_dir"]) == file["SHA256"], name


def test_every_file_serves_some_model_and_is_used_for_one_thing() -> None:
    text = README.parents[1].joinpath("stream_ocr", "ocr", "catalog.toml").read_text("utf-8")
    assert set(re.findall(r'^\[files\."(.+)"\]$', text, re.MULTILINE)) == set(ENTRIES)
    uses = {(entry.name, part) for model in CATALOGUE.values() for part, entry in model.parts()}
    assert len(uses) == len(ENTRIES)
    assert len({entry.sha256 for entry in ENTRIES.values()}) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_file_can_be_kept_under_its_name(entry: Entry) -> None:
    assert re.fullmatch(r"\w[\w.-]*\.(onnx|txt)", entry.name, re.ASCII)
    assert entry.url is None or entry.url.endswith(f"/{entry.name}")


@pytest.mark.parametrize("model", CATALOGUE.values(), ids=CATALOGUE)
def test_a_dictionary_of_its_own_is_in_the_wheel_of_its_network(model: Model) -> None:
    """RapidOCR's files have theirs in their metadata: it lists none for ONNX."""
    published = model.recognition.url is not None
    assert (model.dictionary is None) == published
    if model.dictionary is not None:
        assert model.dictionary.wheel is not None
        assert model.recognition.wheel is not None
        assert model.dictionary.wheel.requirement == model.recognition.wheel.requirement


def test_people_are_told_the_same_of_the_models() -> None:
    rows = re.findall(r"^\| (PP-\S+) \| (.+) \| (.+) \| (.+) \| (.+) \|$", README.read_text("utf-8"), re.MULTILINE)
    expected = [
        (
            name,
            model.languages,
            f"`{model.detection.name}`",
            f"`{model.recognition.name}`",
            "in the metadata" if model.dictionary is None else f"`{model.dictionary.name}`",
        )
        for name, model in CATALOGUE.items()
    ]
    assert rows == expected


def test_people_are_told_the_same_of_the_files() -> None:
    rows = re.findall(r"^\| `(\S+)` \| (\S+) MB \| (\S+) \| (.+) \| `(\w{64})` \|$", README.read_text("utf-8"), re.M)
    assert rows == [
        (entry.name, f"{(entry.size or 0) / 1e6:.2f}", entry.licence, _origins(entry), entry.sha256)
        for entry in ENTRIES.values()
    ]


def _origins(entry: Entry) -> str:
    url = [] if entry.url is None else [f"[ModelScope]({entry.url})"]
    wheel = [] if entry.wheel is None else [f"`{entry.wheel.requirement}`: `{entry.wheel.path}`"]
    return ", ".join(wheel + url)


@pytest.mark.parametrize(
    ("guess", "meant"),
    [
        ("PP-OCRv9-small", "PP-OCRv6-small"),
        ("ppocrv5-latin", "PP-OCRv5-latin-mobile"),
        ("PP-OCRv99", "PP-OCRv6-small"),
        ("?", "PP-OCRv6-small"),
    ],
)
def test_an_unknown_name_is_told_one_that_is_like_it(guess: str, meant: str) -> None:
    with pytest.raises(ModelError) as raised:
        named(guess)
    assert str(raised.value) == f"expected a model that `stream-ocr models list` shows, such as {meant}, got `{guess}`"
