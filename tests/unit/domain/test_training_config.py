"""Rules of how a round learns."""

import pytest

from backend.domain.training_config import TrainingConfig


@pytest.mark.parametrize(
    ("answered", "weight"), [(0.0, 0.8), (0.003, 0.8), (0.01, 0.8), (0.02, 0.4), (0.05, 0.16), (1.0, 0.008)]
)
def test_pseudo_labels_weigh_less_the_more_people_have_answered(answered, weight):
    config = TrainingConfig(unsupervised_weight=0.8, unsupervised_fade=0.01)
    assert config.unsupervised_weight_at(answered) == pytest.approx(weight)


@pytest.mark.parametrize("answered", [0.0, 0.05, 1.0])
def test_pseudo_labels_may_keep_their_weight(answered):
    assert TrainingConfig(unsupervised_weight=0.8, unsupervised_fade=1.0).unsupervised_weight_at(answered) == 0.8
