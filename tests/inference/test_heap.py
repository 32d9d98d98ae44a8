"""Giving memory back."""

import ctypes

import psutil

from stream_ocr.inference.heap import release


def test_what_is_free_goes_back_to_the_system() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    process = psutil.Process()
    # Small blocks come from the heap; the last one, kept, holds its end in place.
    blocks = [libc.malloc(ctypes.c_size_t(4096)) for _ in range(16_384)]
    for block in blocks:
        ctypes.memset(block, 1, 4096)
    for block in blocks[:-1]:
        libc.free(ctypes.c_void_p(block))
    before = process.memory_info().rss
    release()
    assert before - process.memory_info().rss > 40_000_000
    libc.free(ctypes.c_void_p(blocks[-1]))
