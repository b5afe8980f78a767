"""Which network of a round a checkpoint is of, and what each of them is worth."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "f53f8d0d189f"
down_revision = "2e6d5b778278"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ROLES = ("teacher", "student", "best_teacher")
SPLITS = ("train", "val", "test")


def upgrade() -> None:
    # What was stored before were teachers at the last iteration, one a round.
    role = sa.Enum(*ROLES, name="checkpointrole", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("checkpoints") as batch:
        batch.add_column(sa.Column("role", role, nullable=False, server_default="teacher"))
        batch.create_unique_constraint(batch.f("uq_checkpoints_round_id_role"), ["round_id", "role"])
    split = sa.Enum(*SPLITS, name="split", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "evaluations",
        sa.Column("checkpoint_id", sa.String(), nullable=False),
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("split", split, nullable=False),
        sa.Column("num_images", sa.Integer(), nullable=False),
        sa.Column("confusion", JSON, nullable=False),
        sa.Column("iou", JSON, nullable=False),
        sa.Column("miou", sa.Double(), nullable=True),
        sa.Column("pixel_accuracy", sa.Double(), nullable=True),
        sa.Column("boundary_iou", JSON, nullable=False),
        sa.Column("boundary_miou", sa.Double(), nullable=True),
        sa.Column("calibration_error", sa.Double(), nullable=True),
        sa.Column("reliability", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoints.id"], name=op.f("fk_evaluations_checkpoint_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_evaluations_round_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("checkpoint_id", name=op.f("pk_evaluations")),
    )
    with op.batch_alter_table("evaluations") as batch:
        batch.create_index("ix_evaluations_round", ["round_id"], unique=False)


def downgrade() -> None:
    op.drop_table("evaluations")
    # Programs of the release before know of one checkpoint a round.
    op.execute("DELETE FROM checkpoints WHERE role != 'teacher'")
    with op.batch_alter_table("checkpoints") as batch:
        batch.drop_constraint("uq_checkpoints_round_id_role", type_="unique")
        batch.drop_constraint("checkpointrole", type_="check")
        batch.drop_column("role")
