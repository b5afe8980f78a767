"""Queries of rounds and of what scoring found."""

from sqlalchemy import func, select, update

from backend.db.session import Session
from backend.db.tables import Checkpoint, Image, Round, ScoredImage
from backend.domain.round_state import OPEN, RoundState
from backend.domain.vocabulary import CheckpointRole, Domain, Split


def get(session: Session, round_id: str) -> Round | None:
    return session.get(Round, round_id)


def of_project(session: Session, project_id: str) -> list[Round]:
    """Newest first."""
    return list(session.scalars(select(Round).where(Round.project_id == project_id).order_by(Round.round_index.desc())))


def open_round(session: Session, project_id: str, *, lock: bool = False) -> Round | None:
    """The round in the project's only slot; with `lock`, nobody can answer or undo until the transaction ends."""
    statement = select(Round).where(Round.project_id == project_id, Round.state.in_(OPEN))
    return session.scalar(
        statement.with_for_update(key_share=True).execution_options(populate_existing=True) if lock else statement
    )


def lock(session: Session, round_: Round) -> None:
    """Read the row again, and keep others from changing it until the transaction ends."""
    session.refresh(round_, with_for_update={"key_share": True})


def by_idempotency_key(session: Session, project_id: str, key: str) -> Round | None:
    return session.scalar(select(Round).where(Round.project_id == project_id, Round.idempotency_key == key))


def next_index(session: Session, project_id: str) -> int:
    newest = session.scalar(select(func.max(Round.round_index)).where(Round.project_id == project_id))
    return 0 if newest is None else newest + 1


def last_checkpoint(session: Session, project_id: str) -> str | None:
    """What the next round begins from: the newest teacher of a round's last iteration."""
    return session.scalar(
        select(Checkpoint.id)
        .where(Checkpoint.project_id == project_id, Checkpoint.role == CheckpointRole.TEACHER)
        .order_by(Checkpoint.id.desc())
        .limit(1)
    )


def move(session: Session, round_: Round, *, expected: RoundState, to: RoundState) -> bool:
    """Compare-and-set of the state."""
    moved = session.scalar(
        update(Round).where(Round.id == round_.id, Round.state == expected).values(state=to).returning(Round.id)
    )
    if moved is not None:
        session.refresh(round_)
    return moved is not None


def count_resolved(session: Session, round_id: str, by: int) -> int | None:
    """Add to the counter and give it; None where the round does not take answers any more."""
    return session.scalar(
        update(Round)
        .where(Round.id == round_id, Round.state == RoundState.LABELLING)
        .values(num_resolved=Round.num_resolved + by)
        .returning(Round.num_resolved)
        .execution_options(synchronize_session=False)
    )


def scored_images(session: Session, round_id: str) -> list[ScoredImage]:
    return list(
        session.scalars(select(ScoredImage).where(ScoredImage.round_id == round_id).order_by(ScoredImage.position))
    )


def pool_class_counts(session: Session, round_: Round) -> list[list[int]]:
    """Pixels of each image predicted as each class by the newest round before this one that has scored any."""
    earlier = session.scalar(
        select(func.max(Round.round_index))
        .join(ScoredImage, ScoredImage.round_id == Round.id)
        .where(Round.project_id == round_.project_id, Round.round_index < round_.round_index)
    )
    return list(
        session.scalars(
            select(ScoredImage.class_counts)
            .join(Round, Round.id == ScoredImage.round_id)
            .where(Round.project_id == round_.project_id, Round.round_index == earlier)
        )
    )


def unscored_pool(session: Session, round_: Round) -> list[Image]:
    """Images of the pool that this round has not scored yet, in order."""
    scored = select(ScoredImage.image_id).where(ScoredImage.round_id == round_.id)
    return list(
        session.scalars(
            select(Image)
            .where(
                Image.project_id == round_.project_id,
                Image.domain == Domain.TARGET,
                Image.split == Split.TRAIN,
                Image.id.not_in(scored),
            )
            .order_by(Image.position)
        )
    )
