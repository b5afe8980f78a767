"""The life of a round, as one table that the API shows and the workers obey.

TRAINING -> EVALUATING -> SCORING -> SELECTING -> LABELLING -> CLOSED
a final round goes from EVALUATING to CLOSED; any open state may go to FAILED or CANCELLED;
FAILED goes back to the state it failed in, by a retry.
"""

from enum import StrEnum
from typing import Final


class RoundState(StrEnum):
    TRAINING = "training"
    EVALUATING = "evaluating"
    SCORING = "scoring"
    SELECTING = "selecting"
    LABELLING = "labelling"
    CLOSED = "closed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = RoundState

#: Worked by a job of the same name.
WORKING: Final = (_S.TRAINING, _S.EVALUATING, _S.SCORING, _S.SELECTING)
#: A round in one of these holds the project's only slot. FAILED does until it is retried or cancelled.
OPEN: Final = (*WORKING, _S.LABELLING, _S.FAILED)

TRANSITIONS: Final[dict[RoundState, frozenset[RoundState]]] = {
    _S.TRAINING: frozenset({_S.EVALUATING, _S.FAILED, _S.CANCELLED}),
    _S.EVALUATING: frozenset({_S.SCORING, _S.CLOSED, _S.FAILED, _S.CANCELLED}),
    _S.SCORING: frozenset({_S.SELECTING, _S.FAILED, _S.CANCELLED}),
    _S.SELECTING: frozenset({_S.LABELLING, _S.FAILED, _S.CANCELLED}),
    _S.LABELLING: frozenset({_S.CLOSED, _S.CANCELLED}),
    _S.FAILED: frozenset({*WORKING, _S.CANCELLED}),
    _S.CLOSED: frozenset(),
    _S.CANCELLED: frozenset(),
}


def next_state(state: RoundState, *, final: bool) -> RoundState:
    """The state after the job of `state` has ended well.

    Args:
        state: one of `WORKING`.
        final: the round asks nothing (its budget is 0).
    """
    if state is _S.EVALUATING and final:
        return _S.CLOSED
    return {
        _S.TRAINING: _S.EVALUATING,
        _S.EVALUATING: _S.SCORING,
        _S.SCORING: _S.SELECTING,
        _S.SELECTING: _S.LABELLING,
    }[state]
