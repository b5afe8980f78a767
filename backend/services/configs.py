"""Round configurations between JSON and values."""

from dataclasses import asdict
from typing import Any

from backend.domain.round_config import (
    AcquisitionConfig,
    Budget,
    BudgetScope,
    BudgetUnit,
    EvaluationConfig,
    EvaluationMode,
    Mixing,
    RoundConfig,
    Score,
    TrainingConfig,
    Unit,
)


def to_json(config: RoundConfig) -> dict[str, Any]:
    return asdict(config)


def from_json(data: dict[str, Any]) -> RoundConfig:
    """The configuration that `to_json` has written; what a newer version has added takes its default."""
    acquisition = dict(data["acquisition"])
    training = dict(data["training"])
    budget = acquisition.pop("budget")
    return RoundConfig(
        acquisition=AcquisitionConfig(
            **{
                **acquisition,
                "unit": Unit(acquisition["unit"]),
                "score": Score(acquisition["score"]),
                "budget": Budget(
                    amount=budget["amount"],
                    unit=BudgetUnit(budget["unit"]),
                    scope=BudgetScope(budget.get("scope", BudgetScope.POOL)),
                ),
            }
        ),
        training=TrainingConfig(**{**training, "mixing": Mixing(training["mixing"])}),
        evaluation=_evaluation(data.get("evaluation")),
    )


def _evaluation(data: dict[str, Any] | None) -> EvaluationConfig:
    if data is None:
        return EvaluationConfig()
    rows, columns = data["window"]
    stride = data["stride"]
    return EvaluationConfig(
        mode=EvaluationMode(data["mode"]),
        window=(rows, columns),
        stride=None if stride is None else (stride[0], stride[1]),
        flip=data["flip"],
        scales=tuple(data["scales"]),
    )
