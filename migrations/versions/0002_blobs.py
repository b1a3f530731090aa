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


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("digest", sa.Text(), nullable=False, primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "list_index",
        sa.Column("digest", sa.Text(), nullable=False, primary_key=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )
    for change in CHANGES:
        op.execute(
            f"CREATE TRIGGER blob_no_{change.lower()} BEFORE {change} ON blob "
            "BEGIN SELECT RAISE(ABORT, 'blob is append-only'); END"
        )
