"""Self-training of a student by its EMA teacher, on source labels, answers of people, and the unlabelled pool.

Source: Wang et al. 2022, U2PL, arXiv:2203.03884; Guan & Yuan 2023, STAL, arXiv:2301.13361.
"""

from models.self_training.config import Mixing, SelfTrainingConfig
from models.self_training.trainer import Batch, StepReport, Trainer

__all__ = ["Batch", "Mixing", "SelfTrainingConfig", "StepReport", "Trainer"]
