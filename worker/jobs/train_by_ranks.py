"""Training by several ranks at once: this process starts them, hears them, and alone writes to the database.

Starting them takes many seconds, so the whole training is one segment; each snapshot is committed while they go on.
"""

from typing import Any

import structlog

from backend.services import jobs
from worker.context import Context
from worker.launch import launched
from worker.rank import RankFailed, RankOutOfMemory, Row, Saved
from worker.training import Order
from worker.training_log import TrainingLog, log_rows

log = structlog.get_logger()


def train_by_ranks(context: Context, order: Order, *, ranks: int, batch_size: int) -> bool:
    """Train on from the cursor; afterwards `context.job` has the new one.

    Args:
        context: of the segment.
        order: what is to be trained.
        ranks: at least two.
        batch_size: crops of each domain a step, over all ranks.

    Returns:
        Whether the training is done. If not, the segment has ended.

    Raises:
        JobSuperseded: the job is not ours any more.
        ServiceError: a rank has raised it.
    """
    iterations, first = order.config.iterations, context.job.cursor.get("iteration", 0)
    said = TrainingLog(context=context, iterations=iterations)
    context.report(first / iterations, f"Starting {ranks} processes that share the training")
    log.info("ranks_launched", ranks=ranks, batch_size=batch_size, iteration=first)
    try:
        with launched(order, context.settings, ranks=ranks, batch_size=batch_size) as launch:
            for word in launch.hear(hurry=context.hurry, drop=context.drop):
                if isinstance(word, Row):
                    said.add(word.figures)
                else:
                    _commit(context, order, word, batch_size=batch_size, rows=said.take())
    except RankOutOfMemory:
        _take_less(context, order, batch_size)
        return False
    except RankFailed as error:
        log.warning("ranks_failed", detail=str(error))
        with context.database.write() as session:
            jobs.crashed(session, context.job, reason=str(error))
        return False
    if context.job.cursor["iteration"] == iterations:
        return True
    with context.writing() as session:
        context.yield_segment(session, context.job.cursor)
    return False


def _commit(context: Context, order: Order, saved: Saved, *, batch_size: int, rows: list[dict[str, Any]]) -> None:
    """Whoever takes the job over goes on from this snapshot, by as many ranks as it has."""
    before = context.job.cursor.get("snapshot")
    cursor = {
        "iteration": saved.iteration,
        "snapshot": saved.snapshot,
        "validated": len(order.val),
        "batch_size": batch_size,
    }
    with context.writing() as session:
        log_rows(context, session, rows)
        context.save_cursor(session, cursor)
    context.job.cursor = cursor
    if before not in {None, saved.snapshot}:  # a last snapshot may be the one just saved
        context.blobs.delete(before)


def _take_less(context: Context, order: Order, asked: int) -> None:
    """End the segment; the next goes on from the last snapshot with half the batch, by ranks that can share that."""
    crop = " x ".join(map(str, order.config.crop_size))
    batch_size = asked // 2
    row = {
        "iteration": context.job.cursor.get("iteration", 0),
        "batch_size": batch_size,
        "note": f"A GPU has not enough memory for its share of {asked} crops of {crop} pixels of each domain: "
        f"going on with {batch_size}.",
    }
    log.warning("batch_halved", asked=asked, batch_size=batch_size)
    with context.writing() as session:
        log_rows(context, session, [row])
        context.yield_segment(session, {**context.job.cursor, "batch_size": batch_size})
