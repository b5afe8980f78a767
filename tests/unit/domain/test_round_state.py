"""The life of a round, against the picture in PRODUCT.md, section 1."""

from itertools import pairwise

import pytest

from backend.domain.job_state import JOB_OF_STATE, QUEUE_OF, JobKind
from backend.domain.round_state import OPEN, TRANSITIONS, WORKING, RoundState, next_state
from backend.domain.vocabulary import Domain, LabelUse, Split, label_use

S = RoundState
LINE = [S.TRAINING, S.EVALUATING, S.SCORING, S.SELECTING, S.LABELLING, S.CLOSED]


def test_a_round_goes_along_the_line():
    for before, after in pairwise(LINE[:5]):
        assert next_state(before, final=False) is after
    for before, after in pairwise(LINE):
        assert after in TRANSITIONS[before]


def test_a_final_round_ends_after_its_evaluation():
    assert [next_state(state, final=True) for state in LINE[:2]] == [S.EVALUATING, S.CLOSED]


def test_the_table_of_all_moves():
    """Rows: from; columns: to. A cross is allowed, all else is not."""
    table = """
                train eval score sel lab closed failed cancelled
    training      .    x     .    .   .    .      x       x
    evaluating    .    .     x    .   .    x      x       x
    scoring       .    .     .    x   .    .      x       x
    selecting     .    .     .    .   x    .      x       x
    labelling     .    .     .    .   .    x      .       x
    closed        .    .     .    .   .    .      .       .
    failed        x    x     x    x   .    .      .       x
    cancelled     .    .     .    .   .    .      .       .
    """
    rows = [line.split() for line in table.strip().splitlines()[1:]]
    columns = [*LINE, S.FAILED, S.CANCELLED]
    allowed = {S(name): {to for to, mark in zip(columns, marks, strict=True) if mark == "x"} for name, *marks in rows}
    assert allowed == TRANSITIONS


def test_every_open_state_can_be_cancelled_and_no_other():
    assert set(OPEN) == {state for state in S if S.CANCELLED in TRANSITIONS[state]}


def test_every_state_at_work_has_a_job_of_its_own_and_can_fail():
    assert set(JOB_OF_STATE) == set(WORKING) == {state for state in S if S.FAILED in TRANSITIONS[state]}
    assert len(set(JOB_OF_STATE.values())) == len(WORKING)
    assert set(QUEUE_OF) == set(JobKind)


@pytest.mark.parametrize("state", [S.LABELLING, S.CLOSED, S.FAILED, S.CANCELLED])
def test_no_job_moves_a_round_that_is_not_at_work(state):
    with pytest.raises(KeyError):
        next_state(state, final=False)


def test_only_source_labels_of_the_train_split_may_teach():
    teaching = [(d, s) for d in Domain for s in Split if label_use(d, s) is LabelUse.TRAINING]
    assert teaching == [(Domain.SOURCE, Split.TRAIN)]
    assert label_use(Domain.TARGET, Split.TRAIN) is LabelUse.REFERENCE
    assert {label_use(d, s) for d in Domain for s in (Split.VAL, Split.TEST)} == {LabelUse.EVALUATION}
