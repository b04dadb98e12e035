"""What was freed is the system's again."""

import ctypes
from pathlib import Path

import pytest

from infra.local.trimming import trim

_BLOCK, _BLOCKS = 64 * 1024, 800
"""Smaller blocks than those that the C library gives back by itself."""


def anonymous_bytes() -> int:
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel does not tell")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this is not glibc")
def test_memory_that_is_free_is_given_back() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    blocks = []
    for _ in range(_BLOCKS):
        block = library.malloc(_BLOCK)
        ctypes.memset(block, 1, _BLOCK)
        blocks.append(block)
    last = blocks.pop()  # in use: what lies before it stays with the library
    for block in blocks:
        library.free(block)
    before = anonymous_bytes()
    trim()
    after = anonymous_bytes()
    library.free(last)
    assert before - after > _BLOCK * _BLOCKS // 2
