"""Devices that stand on the edges of the item classes, and of the window for China."""

from fractions import Fraction

from tests.reference.world import Device


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
    "h20": _device("2368", "2.91", dram_gbps=4000, interconnect_gbps=900),
    "h20x8": _device("18944", "2.91", ics=8, dram_gbps=4000),
    "b-x4": _device("10560", "3.19", ics=4),
}
