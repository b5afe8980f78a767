"""Regions of any unit: their pixels, why they were chosen, and superpixel maps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2e6d5b778278"
down_revision = "6ac78b3e7d57"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
UNITS = ("window", "superpixel", "pixel", "image")


def upgrade() -> None:
    op.create_table(
        "superpixel_maps",
        sa.Column("image_id", sa.String(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("blob_key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("fk_superpixel_maps_image_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", "wanted", name=op.f("pk_superpixel_maps")),
    )
    # What was asked before was windows, by the first version of the rules.
    unit = sa.Enum(*UNITS, name="unit", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("queries") as batch:
        batch.add_column(sa.Column("unit", unit, nullable=False, server_default="window"))
        batch.add_column(sa.Column("region", sa.String(), nullable=True))
        batch.add_column(sa.Column("pixels", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("acquisition_version", sa.Integer(), nullable=False, server_default="1"))
    op.execute("UPDATE queries SET pixels = width * height")
    with op.batch_alter_table("scored_images") as batch:
        batch.add_column(sa.Column("shadow", JSON, nullable=False, server_default="[]"))
        batch.add_column(sa.Column("class_counts", JSON, nullable=False, server_default="[]"))
        batch.add_column(sa.Column("image_hash", sa.String(), nullable=False, server_default="0" * 16))
    _complete_candidates()


def _complete_candidates() -> None:
    """A round that was scored before and is selected after needs of its windows what is stored of regions now."""
    scored = sa.table("scored_images", sa.column("round_id"), sa.column("image_id"), sa.column("candidates", JSON))
    connection = op.get_bind()
    for round_id, image_id, candidates in connection.execute(sa.select(scored)).all():
        for candidate in candidates:
            _, _, width, height = candidate["box"]
            candidate.update(region=None, pixels=width * height, clicks=1)
        here = (scored.c.round_id == round_id) & (scored.c.image_id == image_id)
        connection.execute(sa.update(scored).where(here).values(candidates=candidates))


def downgrade() -> None:
    with op.batch_alter_table("scored_images") as batch:
        batch.drop_column("image_hash")
        batch.drop_column("class_counts")
        batch.drop_column("shadow")
    with op.batch_alter_table("queries") as batch:
        batch.drop_constraint("unit", type_="check")
        batch.drop_column("acquisition_version")
        batch.drop_column("pixels")
        batch.drop_column("region")
        batch.drop_column("unit")
    op.drop_table("superpixel_maps")
