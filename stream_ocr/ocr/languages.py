"""Which weights of the catalogue read a language, by its ISO 639 code, or by the name that PaddleOCR has for it."""

from collections.abc import Mapping
from types import MappingProxyType

from stream_ocr.ocr.catalog import DEFAULT

__all__ = ["LANGUAGES"]

_LATIN = (
    "latin af az bs ca cs cy "
    "da de german es et eu fi fr french ga gl hr hu id is it la lb lt lv mi ms mt nl no oc pi pl "
    "pt qu rm ro rs_latin sk sl sq sv sw tl tr uz vi"
)
_READERS = {
    DEFAULT: f"zh ch chinese chinese_cht ja japan japanese en english {_LATIN}",
    "PP-OCRv5-arabic-mobile": "ar arabic fa ug ur ps sd bal ku",
    "PP-OCRv5-cyrillic-mobile": "cyrillic bg sr rs_cyrillic mk mn kk ky tg tt cv ba ce av kv",
    "PP-OCRv5-devanagari-mobile": "devanagari hi mr ne bh mai bho mah sa",
    "PP-OCRv5-el-mobile": "el greek",
    "PP-OCRv5-eslav-mobile": "eslav ru russian be uk",
    "PP-OCRv5-korean-mobile": "ko korean",
    "PP-OCRv5-ta-mobile": "ta tamil",
    "PP-OCRv5-te-mobile": "te telugu",
    "PP-OCRv5-th-mobile": "th thai",
}

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {language: model for model, languages in _READERS.items() for language in languages.split()}
)
"""The model for each language."""
