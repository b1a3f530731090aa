"""`chipledger demo`: the main job on real public shipments, in a ledger that is thrown away."""

import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from ledger.cli.output import console
from ledger.core.errors import LedgerError
from ledger.paths import data_folder

NVEU_LOT = (
    "--device nvidia-gb300-gpu --destination AE --ultimate-consignee example-cloud-ae "
    "--exporter example-exporter"
)
UNIVERSITY_LOT = (
    "--device nvidia-h100-sxm --destination BR --ultimate-consignee example-university-br "
    "--exporter example-exporter"
)

STEPS = (
    ("A new ledger adopts the standard rule packs and the device catalogue.", 0, "init"),
    (
        "Parties, statuses and stock of two fictional validated end users, as events.",
        0,
        "import {examples}/demo.jsonl",
    ),
    (
        "Real public shipments and licences from a table. One row is unusable, and it says why.",
        1,
        (
            "import {examples}/shipments.csv --map {examples}/shipments.map.toml "
            "--rejects {folder}/rejects.csv"
        ),
    ),
    (
        "Headroom of every country and validated end user on a day.",
        0,
        "headroom --on 2026-11-23",
    ),
    (
        "May 5,000 GB300 go to a national validated end user in the UAE? Yes, and what is left.",
        0,
        f"check {NVEU_LOT} --quantity 5000 --on 2026-11-23",
    ),
    (
        "May 1,200 H100 go to a university in Brazil? Not today: what would go stands below.",
        1,
        f"check {UNIVERSITY_LOT} --quantity 1200 --on 2026-11-23",
    ),
    (
        "May 64 H100 go to Saudi Arabia under LPP? The text conflicts with itself: unresolved.",
        1,
        (
            "check --device nvidia-h100-sxm --quantity 64 --destination SA "
            "--ultimate-consignee humain --exporter example-exporter --on 2026-11-23"
        ),
    ),
    (
        "The same 1,200 H100 by what is enforced: the framework is on the books and held back.",
        0,
        f"check {UNIVERSITY_LOT} --quantity 1200 --on 2026-11-23 --posture enforced",
    ),
    (
        "A screening list (three invented parties) as an event, and everyone against it.",
        0,
        "lists adopt {examples}/screening.csv --published 2026-11-20",
    ),
    ("", 1, "lists screen"),
    (
        "A name that the list has stops the lot until a person clears it.",
        1,
        (
            "check --device nvidia-h100-sxm --quantity 8 --destination DE "
            "--ultimate-consignee example-listed-de --exporter example-exporter --on 2026-11-23"
        ),
    ),
    (
        "",
        0,
        (
            "lists clear example-listed-de EL:EXAMPLE-2 --on 2026-11-23 "
            "--reason 'another company of that name: another address and register' "
            "--signed-by 'example compliance officer'"
        ),
    ),
    (
        "",
        0,
        (
            "check --device nvidia-h100-sxm --quantity 8 --destination DE "
            "--ultimate-consignee example-listed-de --exporter example-exporter --on 2026-11-23"
        ),
    ),
    (
        "Set 200 H100 for the university aside, see the hold, and give it up again.",
        0,
        f"reserve {UNIVERSITY_LOT} --quantity 200 --on 2026-12-15 --id demo-hold",
    ),
    ("", 0, "headroom --cap us-ear/lpp/parent-year --on 2026-12-15"),
    ("", 0, "release demo-hold"),
    ("A house's own caps, beside the law.", 0, "rules adopt {examples}/house.toml"),
    (
        "The law would let these 8,000 GB300 go; the house's caps do not.",
        1,
        f"check {NVEU_LOT} --quantity 8000 --on 2026-11-23",
    ),
    (
        "How a figure comes about, event by event.",
        0,
        "explain us-ear/nveu/company-country example-cloud-ae AE --on 2026-11-23",
    ),
    (
        "What if the NVEU table and the country allocation doubled? Nothing of it is recorded.",
        0,
        "whatif {examples}/scenarios/nveu-doubled.toml",
    ),
    (
        "Ten open deals: which of them, when, of which device, under what, for the most value?",
        0,
        "pipeline optimise {examples}/deals.csv --for value",
    ),
    (
        "What is due in the coming quarter.",
        0,
        "duties --from 2026-11-23 --until 2027-02-15",
    ),
    ("What the packs model, and what they do not.", 0, "rules"),
    ("Nothing was changed since: every entry, hash, head and total.", 0, "verify"),
    (
        "A signed head for the auditor, and a proof that the hold stands under it.",
        0,
        "head --out {folder}/head.checkpoint",
    ),
    ("", 0, "prove demo-hold --out {folder}/hold.tlog-proof"),
    (
        "Checked with nothing but the file; with --key the signature too.",
        0,
        "verify-proof {folder}/hold.tlog-proof",
    ),
)
"""What is said, the exit status that must come of it, the command."""


def demo() -> int:
    """Show the main job on real public shipments, in a temporary ledger.

    Example: chipledger demo
    """
    to = console()
    with tempfile.TemporaryDirectory(prefix="chipledger-demo-") as folder:
        own = {"CHIPLEDGER_URL": f"sqlite:///{folder}/demo.db", "CHIPLEDGER_KEYS": f"{folder}/keys"}
        with _environment(own):
            for _ in _run(Path(folder), to):
                pass
    to.print("\n[dim]The ledger of this demo is gone, its key too. Your own: chipledger init[/]")
    return 0


@contextmanager
def _environment(own: dict[str, str]) -> Iterator[None]:
    """Variables of the demo's own, and those of before when it is over."""
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _run(folder: Path, to: Console) -> Iterator[str]:
    from ledger.cli.app import run

    examples = data_folder("examples")
    for sentence, expected, command in STEPS:
        if sentence:
            to.rule(style="dim")
            to.print(f"[bold cyan]{sentence}[/]")
        shown = command.format(examples="examples", folder="FOLDER")
        to.print(f"[bold]$ chipledger {shown}[/]\n", soft_wrap=True)
        status = run(shlex.split(command.format(examples=examples, folder=folder)))
        if status != expected:
            raise LedgerError(
                f"the demo's step '{shown}' ended with {status}, not {expected}",
                where="demo",
                cure="run 'make test' and report it",
            )
        yield command
