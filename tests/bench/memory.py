"""How much memory a process took."""

from pathlib import Path


def peak_mib(pid: int | str = "self") -> float:
    """Its largest resident set, in MiB; 0 when it is gone. What getrusage tells begins with that of
    its parent, as that was when it started the process."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return 0.0
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return int(lines.get("VmHWM", "0 kB").split()[0]) / 1_024
