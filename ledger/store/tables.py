"""The tables, as SQLModel classes: what migrations are compared with.

The hot path never imports this module: it speaks to the driver (docs/decisions/003).
"""

from sqlalchemy import LargeBinary, MetaData, Text
from sqlmodel import Field, SQLModel

METADATA: MetaData = SQLModel.metadata


class Entry(SQLModel, table=True):
    """A stored event: its body is canonical and never changes; triggers refuse to change it."""

    __tablename__ = "entry"

    seq: int = Field(primary_key=True)
    event_id: str = Field(sa_type=Text, unique=True, nullable=False)
    kind: str = Field(sa_type=Text, nullable=False)
    on_day: str = Field(sa_type=Text, nullable=False)
    body: bytes = Field(sa_type=LargeBinary, nullable=False)
    leaf_hash: bytes = Field(sa_type=LargeBinary, nullable=False)


class Head(SQLModel, table=True):
    """One row a commit: size and root. The size is the key, so the head can't fork."""

    __tablename__ = "head"

    size: int = Field(primary_key=True)
    root: bytes = Field(sa_type=LargeBinary, nullable=False)


class Tile(SQLModel, table=True):
    """Up to 256 hashes of one level of the Merkle tree."""

    __tablename__ = "tile"

    level: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    nodes: bytes = Field(sa_type=LargeBinary, nullable=False)


class Blob(SQLModel, table=True):
    """Contents too large for an event, compressed, under the digest that an event names."""

    __tablename__ = "blob"

    digest: str = Field(sa_type=Text, primary_key=True)
    content: bytes = Field(sa_type=LargeBinary, nullable=False)


class ListIndex(SQLModel, table=True):
    """The names of a screening list made ready for matching; made again from the blob if lost."""

    __tablename__ = "list_index"

    digest: str = Field(sa_type=Text, primary_key=True)
    version: str = Field(sa_type=Text, nullable=False)
    data: bytes = Field(sa_type=LargeBinary, nullable=False)


class Registry(SQLModel, table=True):
    """Where events stand about a party, device, grant, switch, pack, cap, hold or bundle."""

    __tablename__ = "registry"

    seq: int = Field(primary_key=True)
    kind: str = Field(sa_type=Text, nullable=False)
    subject: str = Field(sa_type=Text, nullable=False)
    detail: str = Field(sa_type=Text, nullable=False)
    on_day: str = Field(sa_type=Text, nullable=False)


class Kinship(SQLModel, table=True):
    """A party that named another one above it, at some entry."""

    __tablename__ = "kinship"

    seq: int = Field(primary_key=True)
    parent: str = Field(sa_type=Text, primary_key=True)
    party: str = Field(sa_type=Text, nullable=False)


class Position(SQLModel, table=True):
    """One movement of units and TPP (in tenths), added by an entry."""

    __tablename__ = "position"

    seq: int = Field(primary_key=True)
    place: int = Field(primary_key=True)
    on_day: str = Field(sa_type=Text, nullable=False)
    kind: str = Field(sa_type=Text, nullable=False)
    device: str = Field(sa_type=Text, nullable=False)
    party: str = Field(sa_type=Text, nullable=False)
    destination: str = Field(sa_type=Text, nullable=False)
    units: int = Field(nullable=False)
    tpp: int = Field(nullable=False)
    lot: str = Field(sa_type=Text, nullable=False)
    authorization: str = Field(sa_type=Text, nullable=False)
    end_user: str = Field(sa_type=Text, nullable=False)
    exporter: str = Field(sa_type=Text, nullable=False)
    line: str = Field(sa_type=Text, nullable=False)


class DayTotal(SQLModel, table=True):
    """Movements of one holder key on one day, summed."""

    __tablename__ = "day_total"

    shape: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    on_day: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    authorization: str = Field(sa_type=Text, primary_key=True)
    device: str = Field(sa_type=Text, primary_key=True)
    units: int = Field(nullable=False)
    tpp: int = Field(nullable=False)


class RollupShape(SQLModel, table=True):
    """A combination of holder fields for which totals are kept."""

    __tablename__ = "rollup_shape"

    shape: str = Field(sa_type=Text, primary_key=True)


class Hold(SQLModel, table=True):
    """A reservation's present state, so that overdue ones are found without a search."""

    __tablename__ = "hold"

    reservation: str = Field(sa_type=Text, primary_key=True)
    hold_until: str = Field(sa_type=Text, nullable=False)
    open_units: int = Field(nullable=False)
