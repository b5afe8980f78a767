"""`python -m worker`: the worker, with the pool and the queues that it needs. Settings come from the environment.

One thread, since a foreman has one child; it waits for a pipe, and a daemonic process of Celery's own pool may have no
children. Workers need not know of each other: rows are the truth.
"""

from worker.app import app

COMMAND = (
    *("worker", "--loglevel", "INFO", "--pool", "threads", "--concurrency", "1", "--queues", "gpu,cpu"),
    "--without-mingle",
)


def main() -> None:
    """Work until stopped."""
    app.worker_main(COMMAND)


if __name__ == "__main__":
    main()
