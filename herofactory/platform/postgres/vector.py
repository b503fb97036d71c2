"""Whether pgvector may be used on this processor.

The wheel's pgvector is compiled for the processor of its build machine. Measured with 18.6.3 under an emulated CPU: all
of it works with AVX2, FMA and F16C (Haswell, 2013); without them `CREATE EXTENSION vector` or the first distance ends
in SIGILL, which restarts the whole cluster. So the question is asked here and never of the server.
"""

from __future__ import annotations

import platform
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NEEDED = ("avx2", "fma", "f16c")
X86 = frozenset({"x86_64", "amd64"})
CPUINFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class VectorSupport:
    usable: bool
    reason: str


def vector_support() -> VectorSupport:
    """Probes this machine. Where not usable: do not run CREATE EXTENSION vector; compare vectors in the application."""
    return judge(platform.system(), platform.machine(), _flags())


def judge(system: str, machine: str, flags: frozenset[str]) -> VectorSupport:
    if machine.lower() in X86:
        missing = [name.upper() for name in NEEDED if name not in flags]
        if missing:
            return VectorSupport(
                False,
                f"this processor (or the virtual machine's CPU model) lacks {', '.join(missing)}, "
                "which the bundled pgvector was compiled for",
            )
        return VectorSupport(True, "the processor has AVX2, FMA and F16C")
    if system == "Darwin":
        return VectorSupport(True, "pgvector's build uses no processor-specific instructions on this platform")
    return VectorSupport(False, f"the bundled pgvector was never tried on {machine} processors")


def _flags() -> frozenset[str]:
    with suppress(OSError):
        return parse_cpuinfo(CPUINFO.read_text(encoding="utf-8", errors="replace"))
    with suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run(
            ["sysctl", "-n", "machdep.cpu.features", "machdep.cpu.leaf7_features"],
            capture_output=True,
            text=True,
            check=False,
        )
        return frozenset(told.stdout.lower().split())
    return frozenset()


def parse_cpuinfo(text: str) -> frozenset[str]:
    """The flags that every processor has: one core without an instruction is enough to crash."""
    lines = [line.partition(":")[2].split() for line in text.splitlines() if line.startswith("flags")]
    return frozenset.intersection(*map(frozenset, lines)) if lines else frozenset()
