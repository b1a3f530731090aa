"""What situations are drawn from: days, places, names, and devices on the edges of the classes."""

from fractions import Fraction

from tests.reference.world import UNKNOWN, Device


def _words(text: str) -> list[str]:
    return text.split()


CHANGES = _words(
    "2022-10-21 2023-01-17 2023-01-18 2023-11-17 2024-03-14 2024-03-15 2024-04-04 2024-05-30 "
    "2024-10-02 2025-01-01 2025-01-13 2025-04-01 2025-04-09 2025-05-13 2025-05-15 2025-07-01 "
    "2025-08-01 2026-01-01 2026-01-15 2026-02-01 2026-02-03 2026-04-01 2026-05-31 2026-07-10 "
    "2026-08-01 2026-11-10 2027-02-01 2027-04-06 2027-04-07 2027-12-31 2028-01-01"
)
"""Days on which something changes; each is asked about with the day before and the day after."""

PLACES = _words(
    "US US US DE TW GB PL CH CY IL SG MX BR MY CL IN SA AE AE AE QA VN KZ KH NI ET UZ EG CN CN CN "
    "HK MO RU BY IR CU SY KP VE MM ZW LB"
)
SEATS = [*PLACES, UNKNOWN, UNKNOWN]
NAMES = _words("G42 Core42 Amazon Apple Google Meta Microsoft OpenAI Oracle xAI")
USES = ("data center", "development", "production", "storage", "storage before onward export")
THEMES = (
    "plain",
    "lpp",
    "nveu",
    "uveu",
    "allocation",
    "china",
    "licence",
    "uae",
    "partner",
    "dc-veu",
)


STRONG = ("h100", "hgx", "h200", "h200x8", "b200", "a100", "a800", "edge-1600-592")


def _device(tpp: str, density: str | None = "20", **more: object) -> Device:
    facts = {"unit_tpp": Fraction(tpp), "density": None if density is None else Fraction(density)}
    return Device(**(facts | more))  # type: ignore[arg-type]


DEVICES = {
    "h100": _device("15832"),
    "hgx": _device("126656", ics=8),
    "h200": _device("15832", dram_gbps=4800),
    "h200x8": _device("126656", ics=8, dram_gbps=6499),
    "b200": _device("36000", dram_gbps=8000),
    "edge-21000": _device("21000", dram_gbps=6000),
    "edge-20999": _device("20999.9", dram_gbps=6499),
    "slow-6500": _device("15832", dram_gbps=6500),
    "dram-unknown": _device("15832", dram_gbps=None),
    "a100": _device("4992", "6.04", interconnect_gbps=600),
    "a800": _device("4992", "6.04", interconnect_gbps=400),
    "io-599": _device("4800", "1", interconnect_gbps=599),
    "io-unknown": _device("4800", "1", interconnect_gbps=None),
    "edge-4799": _device("4799.9", "5.91"),
    "a30": _device("2640", "3.19", dram_gbps=933),
    "edge-1600-592": _device("1600", "5.92"),
    "edge-1600-591": _device("1600", "5.91"),
    "edge-1600-32": _device("1600", "3.2", dram_gbps=1399),
    "edge-1600-319": _device("1600", "3.19", dram_gbps=1400),
    "edge-1599": _device("1599.9", "9"),
    "edge-2400-16": _device("2400", "1.6"),
    "edge-2400-159": _device("2400", "1.59", dram_gbps=None),
    "density-unknown": _device("3000", None),
    "density-idle": _device("9000", None),
    "gaming": _device("5285", "8.7", data_center=False, dram_gbps=1008),
    "gaming-4799": _device("4799.9", "8.7", data_center=False, dram_gbps=2000),
    "gaming-4800": _device("4800", "1", data_center=False, dram_gbps=None),
    "edge-2399": _device("2399.9", "1.6"),
    "fast-1400": _device("1500", "1", dram_gbps=1400, vendor="AMD"),
    "slow-1399": _device("1500", "1", dram_gbps=1399, vendor="AMD"),
    "fast-other": _device("1500", "1", dram_gbps=1400, vendor="another maker"),
    "h20": _device("2368", "2.91", dram_gbps=4000, vendor="NVIDIA"),
    "h20x8": _device("18944", "2.91", ics=8, dram_gbps=4000),
    "b-x4": _device("10560", "3.19", ics=4),
}
