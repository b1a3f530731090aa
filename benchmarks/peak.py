"""`python -m benchmarks.peak COMMAND...`: a command of chipledger, then its own peak memory."""

import re
import resource
import sys
from contextlib import redirect_stdout
from pathlib import Path

from ledger.cli.app import run

STATUS = Path("/proc/self/status")


def peak_kib() -> int:
    """The most memory that this program held.

    What the system says of a child may be what its parent held when it was made.
    """
    if STATUS.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text(encoding="utf-8"))
        if found is not None:
            return int(found.group(1))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):
        run(sys.argv[1:])
    print(peak_kib())
