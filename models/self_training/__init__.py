"""Self-training of a student by its EMA teacher, on source labels, answers of people, and the unlabelled pool.

Source: Wang et al. 2022, U2PL, arXiv:2203.03884; Guan & Yuan 2023, STAL, arXiv:2301.13361.
"""

from models.self_training.config import Mixing, OptimiserConfig, SelfTrainingConfig
from models.self_training.contrast import ContrastConfig
from models.self_training.draws import Draws
from models.self_training.lesson import Batch
from models.self_training.report import StepReport
from models.self_training.trainer import Trainer

__all__ = [
    "Batch",
    "ContrastConfig",
    "Draws",
    "Mixing",
    "OptimiserConfig",
    "SelfTrainingConfig",
    "StepReport",
    "Trainer",
]
