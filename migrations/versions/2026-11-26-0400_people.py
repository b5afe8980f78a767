"""What people prefer, what was hidden from them, and what their answers say in one class."""

from collections import Counter

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "9c41d07b6e52"
down_revision = "f53f8d0d189f"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
VOID = 255
BATCH = 1000  # answers read at a time


def upgrade() -> None:
    op.add_column("users", sa.Column("preferences", JSON, nullable=False, server_default="{}"))
    op.add_column("queries", sa.Column("best_class", sa.Integer(), nullable=True))
    op.add_column("queries", sa.Column("best_probability", sa.Double(), nullable=True))
    # Everybody has seen what was asked before.
    op.add_column("queries", sa.Column("suggestion_hidden", sa.Boolean(), nullable=False, server_default=sa.false()))
    _fill_best_classes()
    of_query = ["round_id", "state", "suggestion_hidden", "best_class", "rank", "best_probability", "lease_expires_at"]
    op.create_index("ix_queries_confident", "queries", [*of_query, "id"])
    op.add_column("answers", sa.Column("dominant_class", sa.Integer(), nullable=True))
    # A default, for the rows that are there; the next statement says what is true of them.
    said = sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01")
    op.add_column("answers", said)
    op.execute("UPDATE answers SET updated_at = created_at, dominant_class = class_id")
    _fill_dominant_classes()
    op.drop_index("ix_answers_user", "answers")
    op.create_index("ix_answers_user", "answers", ["user_id", "updated_at"])


def _fill_best_classes() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        statement = """UPDATE queries SET
            best_class = (suggestion #>> '{classes,0,class_id}')::int,
            best_probability = (suggestion #>> '{classes,0,probability}')::float8"""
    else:
        statement = """UPDATE queries SET
            best_class = json_extract(suggestion, '$.classes[0].class_id'),
            best_probability = json_extract(suggestion, '$.classes[0].probability')"""
    connection.exec_driver_sql(statement)


def _fill_dominant_classes() -> None:
    """A drawn map is `VALUExLENGTH` runs, joined by spaces."""
    answers = sa.table("answers", sa.column("id"), sa.column("label_map"), sa.column("dominant_class"))
    connection = op.get_bind()
    last = ""
    drawn = sa.select(answers.c.id, answers.c.label_map).where(answers.c.label_map.is_not(None)).order_by(answers.c.id)
    while rows := connection.execute(drawn.where(answers.c.id > last).limit(BATCH)).all():
        for answer_id, label_map in rows:
            counts: Counter[int] = Counter()
            for run in label_map.split(" "):
                value, length = run.split("x")
                counts[int(value)] += int(length)
            del counts[VOID]
            dominant = min(counts, key=lambda value: (-counts[value], value), default=None)
            here = answers.c.id == answer_id
            connection.execute(sa.update(answers).where(here).values(dominant_class=dominant))
        last = rows[-1][0]


def downgrade() -> None:
    op.drop_index("ix_answers_user", "answers")
    op.create_index("ix_answers_user", "answers", ["user_id", "created_at"])
    op.drop_index("ix_queries_confident", "queries")
    # Column by column, never a batch: on SQLite that drops the table, and with it all rows that refer to its rows.
    for table, column in (
        ("answers", "updated_at"),
        ("answers", "dominant_class"),
        ("queries", "suggestion_hidden"),
        ("queries", "best_probability"),
        ("queries", "best_class"),
        ("users", "preferences"),
    ):
        op.drop_column(table, column)
