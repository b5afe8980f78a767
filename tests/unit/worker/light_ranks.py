"""Ranks that train nothing and import next to nothing, so that a test can start them at the cost of torch alone.

Words are given to them pickled: the classes of words would bring the networks with them.
"""

import os
import select
import signal
import time


def _is_rank(index: int) -> bool:
    return os.environ["RANK"] == str(index)


def _say(words, word: bytes) -> None:
    words._writer.send_bytes(word)


def _wait(orders) -> None:
    """Until the pipe ends, deaf to signals, as a rank is that waits for the others."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while os.read(orders.fileno(), 1):
        pass
    os._exit(1)


def speak(order, settings, batch_size, orders, words) -> None:
    """Rank 0 says its last word after a byte, unless another follows."""
    if _is_rank(0):
        _say(words, order.words[0])
        assert os.read(orders.fileno(), 1)
        if not select.select([orders.fileno()], [], [], 0.3)[0]:
            _say(words, order.words[1])


def wait(order, settings, batch_size, orders, words) -> None:
    if _is_rank(0):
        _say(words, order.words[0])
    _wait(orders)


def die(order, settings, batch_size, orders, words) -> None:
    """Rank 1 dies without a word; the other would go on for long."""
    if _is_rank(1):
        os._exit(3)
    time.sleep(60)


def fail(order, settings, batch_size, orders, words) -> None:
    """Rank 1 says why it cannot go on; the other waits."""
    if _is_rank(1):
        _say(words, order.words[0])
    _wait(orders)
