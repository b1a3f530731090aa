"""A commit writes fewer pages: of reservations, their holds and the last tile.

Of a reservation the registry keeps the bundle alone: its id is that of its entry. Of the last,
partial tile of leaves the peaks are kept: the leaves stand beside their entries. A program of an
earlier version that has the ledger open finds no column of the old name and so can't write leaves
where peaks are expected.

Revision: 0004
"""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


TILE_BYTES = 256 * 32
NODE = b"\x01"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that both engines compare byte by byte."""


def text(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False, primary_key=primary_key)


def number(name: str, *, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(
        name,
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
        nullable=False,
        primary_key=primary_key,
        autoincrement=False,
    )


def upgrade() -> None:
    op.execute("DELETE FROM registry WHERE kind = 'lot.reserved' AND detail = ''")
    partial_tiles()
    op.drop_index("hold_open", "hold")
    op.rename_table("hold", "earlier_hold")
    holds()
    op.execute("INSERT INTO hold SELECT * FROM earlier_hold")
    op.drop_table("earlier_hold")


def partial_tiles() -> None:
    """A partial tile of leaves by its peaks (RFC 6962, section 2.1), the largest subtree first."""
    op.execute("ALTER TABLE tile RENAME COLUMN hashes TO nodes")
    nodes = sa.column("nodes", sa.LargeBinary)
    tile = sa.table("tile", sa.column("level"), sa.column("place"), nodes)
    partial = sa.and_(tile.c.level == 0, sa.func.length(tile.c.nodes) < TILE_BYTES)
    connection = op.get_bind()
    for (leaves,) in connection.execute(sa.select(tile.c.nodes).where(partial)).fetchall():
        connection.execute(sa.update(tile).where(partial).values(nodes=peaks(bytes(leaves))))


def peaks(hashes: bytes) -> bytes:
    found: list[bytes] = []
    for count, start in enumerate(range(0, len(hashes), 32)):
        merged, carry = hashes[start : start + 32], count
        while carry & 1:
            merged = sha256(NODE + found.pop() + merged).digest()
            carry >>= 1
        found.append(merged)
    return b"".join(found)


def holds() -> None:
    """Only what is still open is looked for by its last day, however many holds ended."""
    op.create_table(
        "hold",
        text("reservation", primary_key=True),
        text("hold_until"),
        number("open_units"),
        sqlite_with_rowid=False,
    )
    still = sa.text("open_units > 0")
    op.create_index("hold_open", "hold", ["hold_until"], sqlite_where=still, postgresql_where=still)


def day_totals() -> None:
    """SQLite would keep a sum beyond 64 bits as a fraction; PostgreSQL refuses it by itself."""
    op.create_table(
        "day_total",
        *(
            text(name, primary_key=True)
            for name in ("shape", "key", "on_day", "kind", "authorization", "device")
        ),
        number("units"),
        number("tpp"),
        *(
            sa.CheckConstraint(f"typeof({amount}) = 'integer'", name=f"{amount}_is_whole")
            for amount in ("units", "tpp")
            if op.get_context().dialect.name == "sqlite"
        ),
        sqlite_with_rowid=False,
    )


def detail_index() -> None:
    """Most events have no detail, and none is ever looked for without one."""
    some = sa.text("detail <> ''")
    op.create_index(
        "registry_detail", "registry", ["kind", "detail"], sqlite_where=some, postgresql_where=some
    )


def derived() -> None:
    op.create_table(
        "registry",
        number("seq", primary_key=True),
        text("kind"),
        text("subject"),
        text("detail"),
        text("on_day"),
    )
    op.create_index("registry_subject", "registry", ["kind", "subject", "on_day"])
    detail_index()
    op.create_table(
        "kinship",
        number("seq", primary_key=True),
        text("parent", primary_key=True),
        text("party"),
    )
    op.create_index("kinship_parent", "kinship", ["parent"])
    op.create_table(
        "position",
        number("seq", primary_key=True),
        number("place", primary_key=True),
        text("on_day"),
        text("kind"),
        text("device"),
        text("party"),
        text("destination"),
        number("units"),
        number("tpp"),
        text("lot"),
        text("authorization"),
        text("end_user"),
        text("exporter"),
        text("line"),
    )
    op.create_index("position_lot", "position", ["lot"])
    op.create_index("position_party", "position", ["party", "destination"])
    op.create_index("position_destination", "position", ["destination", "kind"])
    day_totals()
    op.create_table("rollup_shape", text("shape", primary_key=True))
    holds()
