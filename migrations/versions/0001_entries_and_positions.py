"""Entries, head and tiles, with the triggers that keep them; the tables derived from them.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEPT = ("entry", "head")
CHANGES = ("UPDATE", "DELETE")


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


def blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "entry",
        number("seq", primary_key=True),
        text("event_id"),
        text("kind"),
        text("on_day"),
        blob("body"),
        blob("leaf_hash"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_table("head", number("size", primary_key=True), blob("root"))
    op.create_table(
        "tile",
        number("level", primary_key=True),
        number("place", primary_key=True),
        blob("hashes"),
    )
    derived()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END$$"
        )
    for table in KEPT:
        keep(table)


def keep(table: str) -> None:
    """Refuse every change of a table but an addition."""
    if op.get_bind().dialect.name == "postgresql":
        for change in (*CHANGES, "TRUNCATE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            )
        return
    for change in CHANGES:
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
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
    op.create_index("registry_detail", "registry", ["kind", "detail"])
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
    for table in ("day_total", "month_total"):
        op.create_table(
            table,
            *(
                text(name, primary_key=True)
                for name in ("shape", "key", "period", "kind", "authorization", "device")
            ),
            number("units"),
            number("tpp"),
            sqlite_with_rowid=False,
        )
    op.create_table("rollup_shape", text("shape", primary_key=True))
    op.create_table(
        "hold",
        text("reservation", primary_key=True),
        text("hold_until"),
        number("open_units"),
    )
    op.create_index("hold_open", "hold", ["hold_until"])
