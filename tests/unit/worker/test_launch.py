"""Starting processes, hearing them, and ending them; how many there are, and where they meet."""

import multiprocessing
import os
import pickle
import signal
import socket
import threading
from multiprocessing import Pipe
from types import SimpleNamespace

import psutil
import pytest
import torch

from backend.domain.errors import JobSuperseded, MissingData, TrainingDiverged
from models.ranks import Ranks
from tests.factories import settings_for
from tests.unit.worker import light_ranks
from worker.device import count_ranks, open_rank_device
from worker.launch import launched, ranks_for
from worker.loopback import LOOPBACK, _meet
from worker.rank import RankFailed, Row, Saved, _listen, main
from worker.training import advance

WORDS = [Row({"iteration": 1}), Saved("0" * 64, 1)]


def hear(monkeypatch, main, *, words=(), on_word=lambda hurry, drop: None) -> list:
    """What two ranks say that run `main`; none of them lives on."""
    monkeypatch.setattr("worker.launch.rank.main", main)
    hurry, drop, heard = threading.Event(), threading.Event(), []
    order = SimpleNamespace(round_id="round", words=[pickle.dumps(word) for word in words])
    try:
        with launched(order, None, ranks=2, batch_size=4) as launch:
            for word in launch.hear(hurry=hurry, drop=drop):
                heard.append(word)
                on_word(hurry, drop)
    finally:
        left = [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]
        assert not left
    return heard


def test_ranks_speak_in_order_and_hear_a_hurry_once(monkeypatch):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    heard = hear(monkeypatch, light_ranks.speak, words=WORDS, on_word=lambda hurry, _: hurry.set())
    assert heard == WORDS
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_ranks_of_a_job_that_is_taken_away_end_at_once(monkeypatch):
    with pytest.raises(JobSuperseded):
        hear(monkeypatch, light_ranks.wait, words=WORDS, on_word=lambda _, drop: drop.set())


def test_a_rank_that_dies_without_a_word_is_told_by_its_exit_code(monkeypatch):
    with pytest.raises(RankFailed, match="exit code 3 of rank 1"):
        hear(monkeypatch, light_ranks.die)


def test_an_error_of_a_rank_comes_as_it_is_and_ends_the_others(monkeypatch):
    with pytest.raises(TrainingDiverged, match="Loss inf") as raised:
        hear(monkeypatch, light_ranks.fail, words=[TrainingDiverged("Loss inf", iteration=3)])
    assert raised.value.context == {"iteration": 3}


@pytest.mark.parametrize(
    ("batch_size", "at_most", "expected"),
    [(4, 2, 2), (4, 8, 2), (6, 2, 1), (6, 4, 3), (16, 8, 8), (16, 6, 4), (2, 2, 1), (1, 4, 1), (12, 4, 3), (4, 1, 1)],
)
def test_each_rank_takes_an_even_number_of_crops(batch_size, at_most, expected):
    assert ranks_for(batch_size, at_most=at_most) == expected


@pytest.fixture
def three_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)


@pytest.mark.parametrize(
    ("device", "ranks", "expected"),
    [("auto", 0, 3), ("cuda", 0, 3), ("cuda", 2, 2), ("cuda:1", 0, 1), ("cpu", 0, 1), ("cpu", 2, 2)],
)
@pytest.mark.usefixtures("three_gpus")
def test_a_rank_for_each_gpu_unless_the_settings_say_so(tmp_path, device, ranks, expected):
    assert count_ranks(settings_for(tmp_path, device=device, ranks=ranks)) == expected


@pytest.mark.parametrize(("device", "ranks"), [("auto", 4), ("cuda:1", 2)])
@pytest.mark.usefixtures("three_gpus")
def test_two_ranks_never_share_a_gpu(tmp_path, device, ranks):
    with pytest.raises(ValueError, match=f"STAL_RANKS is {ranks}"):
        count_ranks(settings_for(tmp_path, device=device, ranks=ranks))


def test_ranks_share_the_threads_of_a_cpu(tmp_path):
    before = torch.get_num_threads()
    try:
        settings = settings_for(tmp_path, device="cpu", worker_threads=6)
        assert open_rank_device(settings, index=1, size=4) == torch.device("cpu")
        assert torch.get_num_threads() == 1
        open_rank_device(settings, index=1, size=2)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_ranks_meet_where_no_other_machine_reaches():
    place = _meet(SimpleNamespace(run_id="round"))
    try:
        port = place.next_rendezvous().bootstrap_store_info.master_port
        listening = [
            one.laddr.ip
            for one in psutil.Process().net_connections(kind="tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port
        ]
        assert listening == ["127.0.0.1"]
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
    finally:
        assert place.get_backend() == LOOPBACK


def test_a_rank_hurries_at_a_byte_and_ends_with_the_pipe(monkeypatch):
    class Ended(BaseException):
        pass

    def end(code):
        raise Ended(code)

    monkeypatch.setattr("worker.rank.os._exit", end)
    theirs, ours = Pipe(duplex=False)
    hurry = threading.Event()
    os.write(ours.fileno(), b"h")
    ours.close()
    with pytest.raises(Ended, match="1"):
        _listen(theirs, hurry)
    assert hurry.is_set()


def raised(error):
    def train(*_, **__):
        raise error

    return train


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (MissingData("No weights."), "MissingData('No weights.')"),
        (torch.OutOfMemoryError("CUDA out of memory"), "RankOutOfMemory()"),
        (RuntimeError("x" * 5000), f"RankFailed('RuntimeError: {'x' * 986}')"),
    ],
)
def test_a_rank_says_why_it_ends(monkeypatch, error, word):
    for outside in ("os.setpgrp", "signal.signal", "logging.configure", "_listen"):
        monkeypatch.setattr(f"worker.rank.{outside}", lambda *_: None)
    monkeypatch.setattr("worker.rank._train", raised(error))
    monkeypatch.setenv("RANK", "1")
    words = multiprocessing.get_context("spawn").SimpleQueue()
    with pytest.raises(type(error)):
        main(None, None, 4, None, words)
    assert repr(words.get()) == word
    words.close()


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_lack_of_memory_is_one_processs_own_affair_and_not_one_ranks(monkeypatch, ranks):
    """A rank that took less on its own would wait for the others, and they for it."""
    trainer = SimpleNamespace(ranks=Ranks(size=ranks))
    monkeypatch.setattr("worker.training._advance", raised(torch.OutOfMemoryError("no room")))
    monkeypatch.setattr("worker.training._back_off", lambda training, error: {"note": str(error)})
    rows = advance(SimpleNamespace(is_done=False, trainer=trainer), should_stop=lambda: False)
    if ranks == 1:
        assert next(rows) == {"note": "no room"}
    else:
        with pytest.raises(torch.OutOfMemoryError):
            next(rows)
