"""What the naive reference is told: a world of plain facts, and a request. Days are ISO text."""

from dataclasses import dataclass, field
from fractions import Fraction

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Party:
    """`parent` is the ultimate parent: a party, `unknown`, or empty for a party that is its own.

    `owner` is a direct owner with its percentage; one of more than half is a parent.
    """

    name: str
    location: str
    headquarters: str
    parent: str = ""
    kind: str = "company"
    owner: str = ""
    owner_percent: int = 100


@dataclass(frozen=True)
class Device:
    """Facts of a unit; density and the bandwidths are those of one IC, None when not known."""

    unit_tpp: Fraction
    ics: int = 1
    density: Fraction | None = Fraction(20)
    data_center: bool = True
    dram_gbps: int | Fraction | None = 3350
    interconnect_gbps: int | Fraction | None = 900
    vendor: str = "unstated"


@dataclass(frozen=True)
class Export:
    """A lot that has gone."""

    on: str
    device: str
    quantity: int
    origin: str
    destination: str
    consignee: str
    authorization: str
    reference: str = ""


@dataclass(frozen=True)
class Licence:
    """A licence of one line, granted on the first day of its life."""

    reference: str
    party: str
    destination: str
    device: str
    quantity: int
    first: str
    until: str = "9999-12-31"
    exporter: str = ""
    tolerance_percent: int = 0


@dataclass(frozen=True)
class Status:
    """A validated-end-user status; no destination means anywhere."""

    authorization: str
    reference: str
    party: str
    destinations: tuple[str, ...]
    first: str
    until: str = "9999-12-31"


@dataclass(frozen=True)
class Stock:
    """An opening installed base."""

    on: str
    party: str
    destination: str
    device: str
    quantity: int


@dataclass(frozen=True)
class Usage:
    """What others drew on a shared cap."""

    on: str
    cap: str
    holder: tuple[str, ...]
    tpp: int


@dataclass(frozen=True)
class Reading:
    """A switch that was settled."""

    on: str
    switch: str
    value: str


@dataclass(frozen=True)
class World:
    """Everything that is known before the request."""

    parties: dict[str, Party]
    devices: dict[str, Device]
    exports: tuple[Export, ...] = ()
    licences: tuple[Licence, ...] = ()
    statuses: tuple[Status, ...] = ()
    stock: tuple[Stock, ...] = ()
    usage: tuple[Usage, ...] = ()
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Ask:
    """A request: may this lot go?"""

    on: str
    device: str
    quantity: int
    destination: str
    consignee: str
    end_user: str
    origin: str = "US"
    exporter: str = "seller"
    purchaser: str = ""
    between: tuple[str, ...] = ()
    end_use: str = "data center"

    @property
    def transaction(self) -> str:
        """What origin and destination make of it."""
        if self.origin == self.destination:
            return "domestic" if self.origin == "US" else "transfer"
        return "export" if self.origin == "US" else "reexport"


@dataclass(frozen=True)
class Answer:
    """What is compared; `statuses` are those of the candidates."""

    outcome: str
    authorization: str | None
    review: str | None
    statuses: dict[str, str] = field(default_factory=dict)
