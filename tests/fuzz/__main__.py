"""Mutates the real small files for a given time, guided by what the scanner's code does with them: `make fuzz`.

    python -m tests.fuzz [seconds]

Every fault is shown once with the file that shows it again, and the search goes on. It ends with 1 where it found any.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.target import real_files

FOUND = Path("build/fuzz")
"""Where inputs that show a fault are kept."""
_LONGEST = 64 * 1024
"""Bytes of an input; those that grow beyond say little more."""


def main() -> int:
    """Run the search in a process of its own, which libFuzzer ends as it likes."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    shutil.rmtree(FOUND, ignore_errors=True)
    FOUND.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as seeds:
        for number, path in enumerate(real_files()):
            shutil.copy(path, Path(seeds) / f"{number:03}-{path.name}")
        limits = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-timeout=60", "-rss_limit_mb=2048"]
        command = [sys.executable, "-m", "tests.fuzz.search", seeds, *limits, f"-artifact_prefix={FOUND}/"]
        status = subprocess.run(command, check=False).returncode
    found = sorted(path for path in FOUND.iterdir() if path.suffix != ".txt")
    for path in found:
        told = path.with_suffix(".txt")
        print(f"\n{path}:", told.read_text("utf-8") if told.exists() else "see above", sep="\n")
    print(f"\n{len(found)} faults found." if found else "\nNo fault found.")
    return 1 if found or status else 0


if __name__ == "__main__":
    sys.exit(main())
