"""Runs commands in a process of their own, at a time of its own: prints what they printed.

Usage: python -m tests.saying NOW URL < a JSON list of commands
"""

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from freezegun import freeze_time

from ledger.cli.app import run


def said(tokens: list[str]) -> str:
    """What a command prints, its errors after it."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        run(tokens)
    return out.getvalue() + err.getvalue()


if __name__ == "__main__":
    now, url = sys.argv[1:]
    with freeze_time(now):
        printed = [said([*tokens, "--ledger", url]) for tokens in json.load(sys.stdin)]
    json.dump(printed, sys.stdout)
