"""A world to sell in: every kind of authorization and cap has somebody who may use it up."""

from functools import cache
from typing import Final

from ledger.core.deals import Deal
from ledger.core.memory import MemoryPrefix
from tests.core.builders import (
    LICENCE,
    NVEU,
    UVEU,
    Fields,
    amended,
    declared,
    device,
    ended,
    exported,
    granted,
    house,
    ledger_of,
    party,
    reserved,
    used,
)

HOUSE: Final = (
    (
        'per = ["end_user"]\nbasis = "exported"\nwindow = { kind = "rolling", days = 90 }\n'
        "allowance = [{ tpp = 400000 }]\n"
    ),
    (
        'per = ["exporter", "destination"]\nbasis = "installed"\nwindow = { kind = "stock" }\n'
        "allowance = [{ tpp = 900000 }, { from = 2026-10-01, tpp = 1200000 },"
        " { from = 2027-03-01, tpp = 1100000 }]\n"
    ),
    (
        'per = ["ultimate_parent"]\nbasis = "exported"\nwindow = { kind = "calendar-quarter" }\n'
        'from = 2026-08-10\nallowance = [{ tpp = 500000 }]\ncounts = { classes = ["a-class"] }\n'
    ),
    (
        'per = ["device"]\nbasis = "exported"\n'
        'window = { kind = "period", first_on = 2026-02-01 }\n'
        'ratio = { percent = 60, of_groups = ["us-ear/china-macau"], to_values = ["US", "AE"] }\n'
        'when = [{ fact = "destination", groups = ["us-ear/china-macau"] }]\n'
    ),
    (
        'per = ["ultimate_consignee"]\nbasis = "exported"\nwindow = { kind = "lot" }\n'
        "allowance = [{ tpp = 300000 }]\n"
    ),
)
"""House caps of every kind of window: rolling, stepped, by quarters, a ratio, and of each lot."""

LINES: Final = (
    {"line": 1, "device": "h100", "quantity": 12},
    {"line": 2, "device": "h200", "quantity": 9, "tolerance_percent": "10"},
)


@cache
def world() -> MemoryPrefix:
    """Whom one may sell to: a universal and a national end user, one with licences, a small one."""
    to_buyer: Fields = {"party": "buyer", "destinations": ["BR"], "exporter": "seller"}
    to_china: Fields = {"party": "shop-cn", "destinations": ["CN"], "lines": [LINES[0]]}
    return ledger_of(
        house(*HOUSE),
        party("seller", headquarters="US"),
        party("buyer"),
        party("branch", ultimate_parent="buyer"),
        party("lost", ultimate_parent="unknown"),
        party("cloud", headquarters="US"),
        party("cloud-br", ultimate_parent="cloud", headquarters="US", on="2024-01-01"),
        party("mover", headquarters="BR"),
        party("mover", headquarters="DE", on="2026-09-05"),
        party("op-ae", headquarters="AE"),
        party("shop-cn", headquarters="CN"),
        device("h100"),
        device("h200", "15900"),
        device("h200", "16000", on="2026-11-15"),
        device("late", "9000", on="2026-09-20"),
        device("small", "1000", performance_density="1.2", data_center=False),
        granted("U", UVEU, party="cloud", destinations=[]),
        granted("U-BR", UVEU, party="cloud-br", destinations=[]),
        granted("N-AE", NVEU, party="op-ae", destinations=["AE"], until="2027-02-01"),
        amended("N-AE-longer", "N-AE", on="2026-07-15", until="2027-04-01"),
        granted("D1", LICENCE, lines=list(LINES), until="2027-01-15", **to_buyer),
        granted("D2", LICENCE, lines=[LINES[0]], **to_buyer),
        amended("D1-less", "D1", on="2026-10-20", lines=[LINES[0] | {"quantity": 8}]),
        granted("D3", LICENCE, lines=[LINES[0]], **to_buyer),
        ended("D3-end", "D3", "2026-08-20"),
        granted("D-CN", LICENCE, **to_china),
        declared("stock-us", party="cloud", destination="US", quantity=200),
        declared("stock-br", party="cloud-br", destination="BR", quantity=5),
        exported("gone-1", on="2026-05-20", quantity=6),
        exported("gone-2", on="2026-06-15", ultimate_consignee="op-ae", destination="AE"),
        reserved("held-1", on="2026-11-02", quantity=7, hold_until="2027-06-01"),
        reserved(
            "held-2",
            on="2026-12-01",
            ultimate_consignee="cloud",
            destination="BR",
            authorization=UVEU,
            quantity=3,
            hold_until="2027-06-01",
        ),
        used("others", "us-ear/lpp/parent-year", ["buyer"], "20000000", on="2026-03-01"),
    )


BUYERS: Final = {
    "buyer": "BR",
    "branch": "CL",
    "lost": "BR",
    "cloud": "BR",
    "cloud-br": "MY",
    "mover": "CL",
    "op-ae": "AE",
    "shop-cn": "CN",
}
"""Who buys, and where it is sent if nothing else is said."""


def deal_of(buyer: str, **changes: object) -> Deal:
    """Four H100 for a buyer in the second half of 2026."""
    fields: Fields = {"deal": f"to-{buyer}", "exporter": "seller", "end_user": buyer}
    fields |= {"destination": BUYERS[buyer], "device": "h100", "quantity": 4}
    fields |= {"earliest": "2026-07-01", "latest": "2026-12-31"}
    return Deal.model_validate(fields | changes)
