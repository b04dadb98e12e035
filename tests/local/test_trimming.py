"""What was freed is the system's again."""

import ctypes
import os
import subprocess
import sys
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


SERVED = """
import sys
import infra.installation
from infra.cli.main import main

def tell(_):
    import pyarrow
    print(pyarrow.default_memory_pool().backend_name)
    sys.exit()

assert "pyarrow" not in sys.modules
infra.installation.installation = tell
main()
"""


def test_the_server_has_arrow_use_the_allocator_that_is_trimmed(tmp_path: Path) -> None:
    ours = {name: value for name, value in os.environ.items() if "MEMORY_POOL" not in name}
    words = ["up", "--port", "0", "--json", "--data", str(tmp_path / "data")]
    done = subprocess.run(
        [sys.executable, "-c", SERVED, *words],
        env=ours,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.splitlines()[-1] == "system"
