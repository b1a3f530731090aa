"""Blobs: the contents of screening lists under their digests, and the indexes made of them.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CHANGES = ("UPDATE", "DELETE")


TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("digest", TEXT, nullable=False, primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "list_index",
        sa.Column("digest", TEXT, nullable=False, primary_key=True),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        for change in (*CHANGES, "TRUNCATE"):
            op.execute(
                f"CREATE TRIGGER blob_no_{change.lower()} BEFORE {change} ON blob "
                "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            )
        return
    for change in CHANGES:
        op.execute(
            f"CREATE TRIGGER blob_no_{change.lower()} BEFORE {change} ON blob "
            "BEGIN SELECT RAISE(ABORT, 'blob is append-only'); END"
        )
