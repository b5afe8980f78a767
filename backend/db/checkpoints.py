"""Queries of checkpoints and of what they were found to be worth."""

from sqlalchemy import select

from backend.db.session import Session
from backend.db.tables import Checkpoint, Evaluation
from backend.domain.vocabulary import CheckpointRole

_ROLES = list(CheckpointRole)


def of_round(session: Session, round_id: str) -> list[Checkpoint]:
    """In the order of their roles."""
    found = session.scalars(select(Checkpoint).where(Checkpoint.round_id == round_id))
    return sorted(found, key=lambda checkpoint: _ROLES.index(checkpoint.role))


def evaluations(session: Session, round_id: str) -> list[tuple[CheckpointRole, Evaluation]]:
    """Those of a round that are done, in the order of the roles."""
    rows = session.execute(
        select(Checkpoint.role, Evaluation)
        .join(Checkpoint, Checkpoint.id == Evaluation.checkpoint_id)
        .where(Evaluation.round_id == round_id)
    )
    return sorted(((row[0], row[1]) for row in rows), key=lambda row: _ROLES.index(row[0]))
