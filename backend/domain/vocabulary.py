"""The closed word lists of the product: one enum for each, in Python, SQL, JSON and TypeScript alike."""

from enum import StrEnum


class Domain(StrEnum):
    """`source` is labelled and looks otherwise; `target` is the pool to adapt to."""

    SOURCE = "source"
    TARGET = "target"


class Split(StrEnum):
    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class LabelUse(StrEnum):
    """What the label map of an image may be used for."""

    TRAINING = "training"
    EVALUATION = "evaluation"
    REFERENCE = "reference"  # for oracles and scores only; never in a training manifest


def label_use(domain: Domain, split: Split) -> LabelUse:
    """The only rule that says which label maps may teach: those of source images in the train split."""
    if split is not Split.TRAIN:
        return LabelUse.EVALUATION
    return LabelUse.TRAINING if domain is Domain.SOURCE else LabelUse.REFERENCE


class UserRole(StrEnum):
    ADMIN = "admin"
    ANNOTATOR = "annotator"


class AnswerKind(StrEnum):
    LABEL_MAP = "label_map"
    VOID = "void"  # "teach ignore here": knowledge
    UNSURE = "unsure"  # "ask somebody else"
    BAD_QUERY = "bad_query"  # "should not have been asked"


class KeptAs(StrEnum):
    ANSWER = "answer"
    OPINION = "opinion"


class QueryState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class CheckpointRole(StrEnum):
    """Which of a round's networks a checkpoint is of."""

    TEACHER = "teacher"  # at the last iteration: what the round goes on with
    STUDENT = "student"  # at the last iteration
    BEST_TEACHER = "best_teacher"  # the teacher at the iteration that did best on the val split
