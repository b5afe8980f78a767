"""All tables. Invariants are constraints; states move by compare-and-set; large arrays are blobs, rows hold keys."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, new_id, now
from backend.domain.job_state import JobKind, JobState, Queue
from backend.domain.round_config import Unit
from backend.domain.round_state import OPEN, RoundState
from backend.domain.vocabulary import AnswerKind, CheckpointRole, Domain, KeptAs, QueryState, Split, UserRole


def _words(enum: type[StrEnum], *, check: str | None = None) -> Enum:
    """An enum kept as its word, with a check; a second column of the same enum in a table names its own."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=check or enum.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def _id() -> Mapped[str]:
    return mapped_column(primary_key=True, default=new_id)


def _owned(table: str) -> Mapped[Any]:
    return mapped_column(ForeignKey(f"{table}.id", ondelete="CASCADE"))


class User(Base):
    __tablename__ = "users"
    id: Mapped[str] = _id()
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[UserRole] = mapped_column(_words(UserRole))
    password_hash: Mapped[str | None]
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Credential(Base):
    """A secret that signs somebody in: only its SHA-256 is kept."""

    __tablename__ = "credentials"
    __table_args__ = (CheckConstraint("kind IN ('session', 'token', 'link')", name="kind"),)
    id: Mapped[str] = _id()
    user_id: Mapped[str] = _owned("users")
    kind: Mapped[str]
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[str] = _id()
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    revision: Mapped[int] = mapped_column(default=0)
    schema_version: Mapped[int] = mapped_column(default=1)
    classes: Mapped[list[Any]]
    config: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Member(Base):
    __tablename__ = "members"
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(default=now)


class Image(Base):
    __tablename__ = "images"
    __table_args__ = (
        UniqueConstraint("project_id", "domain", "split", "name"),
        UniqueConstraint("project_id", "position"),
        Index("ix_images_listing", "project_id", "domain", "split", "position"),
    )
    id: Mapped[str] = _id()
    project_id: Mapped[str] = _owned("projects")
    position: Mapped[int]
    name: Mapped[str]
    domain: Mapped[Domain] = mapped_column(_words(Domain))
    split: Mapped[Split] = mapped_column(_words(Split))
    group: Mapped[str | None]
    width: Mapped[int]
    height: Mapped[int]
    blob_key: Mapped[str]
    label_key: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Round(Base):
    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("project_id", "round_index"),
        UniqueConstraint("project_id", "idempotency_key"),
        Index(
            "uq_rounds_one_open",
            "project_id",
            unique=True,
            sqlite_where=text(f"state IN ({', '.join(repr(s.value) for s in OPEN)})"),
            postgresql_where=text(f"state IN ({', '.join(repr(s.value) for s in OPEN)})"),
        ),
        CheckConstraint("num_resolved >= 0 AND num_resolved <= num_queries", name="counters"),
    )
    id: Mapped[str] = _id()
    project_id: Mapped[str] = _owned("projects")
    round_index: Mapped[int]
    state: Mapped[RoundState] = mapped_column(_words(RoundState))
    failed_in: Mapped[RoundState | None] = mapped_column(_words(RoundState, check="failed_in"))
    config: Mapped[dict[str, Any]]
    seed: Mapped[int]
    idempotency_key: Mapped[str | None]
    request_sha256: Mapped[str | None]
    num_queries: Mapped[int] = mapped_column(default=0)
    num_resolved: Mapped[int] = mapped_column(default=0)
    manifest_key: Mapped[str | None]
    checkpoint_in: Mapped[str | None]
    checkpoint_out: Mapped[str | None]
    effort: Mapped[dict[str, Any]] = mapped_column(default=dict)
    training_log: Mapped[list[Any]] = mapped_column(
        default=list, deferred=True
    )  # long, and every answer reads its round
    confusion: Mapped[list[Any] | None]
    num_evaluated: Mapped[int] = mapped_column(default=0)
    miou: Mapped[float | None]
    commit: Mapped[str | None]
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    started_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class Job(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_sweep", "state", "heartbeat_at"),
        Index("ix_jobs_project", "project_id", "created_at"),
        Index("ix_jobs_round", "round_id"),
    )
    id: Mapped[str] = _id()
    project_id: Mapped[str] = _owned("projects")
    round_id: Mapped[str | None] = mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"))
    kind: Mapped[JobKind] = mapped_column(_words(JobKind))
    queue: Mapped[Queue] = mapped_column(_words(Queue))
    state: Mapped[JobState] = mapped_column(_words(JobState), default=JobState.QUEUED)
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempt: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(default="")
    eta_seconds: Mapped[float | None]
    metrics: Mapped[dict[str, Any]] = mapped_column(default=dict)
    heartbeat_at: Mapped[datetime | None] = mapped_column(default=now)
    worker: Mapped[str | None]
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Packet(Base):
    __tablename__ = "packets"
    id: Mapped[str] = _id()
    round_id: Mapped[str] = _owned("rounds")
    user_id: Mapped[str] = _owned("users")
    lease_token_sha256: Mapped[str] = mapped_column(unique=True)
    query_ids: Mapped[list[Any]]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Query(Base):
    """A region asked. The lease is part of the row, so there can be but one."""

    __tablename__ = "queries"
    __table_args__ = (
        UniqueConstraint("round_id", "rank"),
        Index("ix_queries_claim", "round_id", "state", "rank"),
        Index("ix_queries_image", "image_id"),
        Index(
            "ix_queries_packet",
            "packet_id",
            sqlite_where=text("packet_id IS NOT NULL"),
            postgresql_where=text("packet_id IS NOT NULL"),
        ),
        # All that verification asks of a query, so that it reads the index alone.
        Index(
            "ix_queries_confident",
            "round_id",
            "state",
            "suggestion_hidden",
            "best_class",
            "rank",
            "best_probability",
            "lease_expires_at",
            "id",
        ),
        CheckConstraint("(packet_id IS NULL) = (lease_expires_at IS NULL)", name="lease"),
    )
    id: Mapped[str] = _id()
    round_id: Mapped[str] = _owned("rounds")
    image_id: Mapped[str] = _owned("images")
    rank: Mapped[int]
    x: Mapped[int]
    y: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    unit: Mapped[Unit] = mapped_column(_words(Unit), default=Unit.WINDOW)
    region: Mapped[str | None]  # run-length code of the box, 1 inside; null where the region is the whole box
    pixels: Mapped[int]  # of the region
    score: Mapped[float]
    impurity: Mapped[float]
    entropy: Mapped[float]
    conflict: Mapped[list[Any]]
    selection_probability: Mapped[float | None]
    acquisition_version: Mapped[int]
    suggestion: Mapped[dict[str, Any]]
    best_class: Mapped[int | None]  # the first of the suggestion's classes
    best_probability: Mapped[float | None]  # its mean over the region, 0 to 1
    suggestion_hidden: Mapped[bool] = mapped_column(default=False)  # from people, to see what it does to their answers
    state: Mapped[QueryState] = mapped_column(_words(QueryState), default=QueryState.OPEN)
    resolution: Mapped[AnswerKind | None] = mapped_column(_words(AnswerKind))
    revision: Mapped[int] = mapped_column(default=0)
    packet_id: Mapped[str | None] = mapped_column(ForeignKey("packets.id", ondelete="SET NULL"))
    lease_expires_at: Mapped[datetime | None]


class Answer(Base):
    """What one person said of one query: one row each, replaced when said again."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("query_id", "user_id"),
        Index(
            "uq_answers_one_current",
            "query_id",
            unique=True,
            sqlite_where=text("kept_as = 'answer'"),
            postgresql_where=text("kept_as = 'answer'"),
        ),
        CheckConstraint("kind != 'label_map' OR (class_id IS NULL) != (label_map IS NULL)", name="one_label"),
        CheckConstraint("kind = 'label_map' OR (class_id IS NULL AND label_map IS NULL)", name="no_label"),
        Index("ix_answers_user", "user_id", "updated_at"),
    )
    id: Mapped[str] = _id()
    query_id: Mapped[str] = _owned("queries")
    user_id: Mapped[str] = _owned("users")
    kind: Mapped[AnswerKind] = mapped_column(_words(AnswerKind))
    class_id: Mapped[int | None]
    label_map: Mapped[str | None]
    dominant_class: Mapped[int | None]  # the class, or the one that most of the map has; null without one
    seconds: Mapped[float]
    accepted_suggestion: Mapped[bool] = mapped_column(default=False)
    kept_as: Mapped[KeptAs] = mapped_column(_words(KeptAs))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)  # when it was said last


class Checkpoint(Base):
    """Weights and how they came about. A round has at most one of each role."""

    __tablename__ = "checkpoints"
    __table_args__ = (
        UniqueConstraint("round_id", "role"),
        Index("ix_checkpoints_project", "project_id", "created_at"),
    )
    id: Mapped[str] = _id()
    project_id: Mapped[str] = _owned("projects")
    round_id: Mapped[str | None] = mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"))
    role: Mapped[CheckpointRole] = mapped_column(_words(CheckpointRole), default=CheckpointRole.TEACHER)
    blob_key: Mapped[str]
    size: Mapped[int]
    provenance: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Evaluation(Base):
    """What a checkpoint is worth on the labelled target images of a split. See docs/evaluation.md."""

    __tablename__ = "evaluations"
    __table_args__ = (Index("ix_evaluations_round", "round_id"),)
    checkpoint_id: Mapped[str] = mapped_column(ForeignKey("checkpoints.id", ondelete="CASCADE"), primary_key=True)
    round_id: Mapped[str] = _owned("rounds")
    split: Mapped[Split] = mapped_column(_words(Split))
    num_images: Mapped[int]
    confusion: Mapped[list[Any]]
    iou: Mapped[list[Any]]  # by class; null where the class occurs neither in truth nor in prediction
    miou: Mapped[float | None]
    pixel_accuracy: Mapped[float | None]
    boundary_iou: Mapped[list[Any]]  # by class, as iou
    boundary_miou: Mapped[float | None]
    calibration_error: Mapped[float | None]
    reliability: Mapped[list[Any]]  # a row for each bin of confidence
    created_at: Mapped[datetime] = mapped_column(default=now)


class ImageMap(Base):
    """A picture that a round's scoring drew of an image: score, entropy, impurity or prediction."""

    __tablename__ = "image_maps"
    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True)
    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    blob_key: Mapped[str]


class ScoredImage(Base):
    """The best regions of one image, found by scoring, from which selection takes. One row is one unit of progress."""

    __tablename__ = "scored_images"
    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id", ondelete="CASCADE"), primary_key=True)
    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int]
    candidates: Mapped[list[Any]]
    shadow: Mapped[list[Any]] = mapped_column(default=list)  # regions drawn at random, as candidates
    class_counts: Mapped[list[Any]] = mapped_column(default=list)  # pixels predicted as each class
    image_hash: Mapped[str]  # 64 bits, hexadecimal


class SuperpixelMap(Base):
    """An image cut into superpixels, once and for all: what is scored, shown and answered is the same map."""

    __tablename__ = "superpixel_maps"
    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    wanted: Mapped[int] = mapped_column(primary_key=True)
    found: Mapped[int]
    blob_key: Mapped[str]


class Event(Base):
    """A bell for browsers: something changed. Short-lived."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_project", "project_id", "id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    project_id: Mapped[str] = _owned("projects")
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
