"""Where the ranks of one machine meet: a store that nobody outside the machine can reach.

Elastic's own ways listen on all interfaces, one of them to pickles. This one binds its port itself, to 127.0.0.1 only;
and since it is bound before anybody is told of it, no other program can take it in between.
"""

import socket
from datetime import timedelta
from typing import Final

from torch.distributed import PrefixStore, TCPStore  # type: ignore[attr-defined]
from torch.distributed.elastic.rendezvous import (
    RendezvousHandler,
    RendezvousInfo,
    RendezvousParameters,
    RendezvousStoreInfo,
    rendezvous_handler_registry,
)

LOOPBACK: Final = "loopback"  # its name in a `LaunchConfig`
_ADDRESS: Final = "127.0.0.1"
_PATIENCE: Final = timedelta(minutes=5)  # for a rank that imports torch from a slow disk


class _Loopback(RendezvousHandler):
    """One node, all of whose ranks talk through its agent's store."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        listener = socket.create_server((_ADDRESS, 0))
        self._port: int = listener.getsockname()[1]
        self._store = TCPStore(
            _ADDRESS,
            self._port,
            is_master=True,
            timeout=_PATIENCE,
            wait_for_workers=False,
            multi_tenant=True,
            master_listen_fd=listener.detach(),
        )

    def get_backend(self) -> str:
        return LOOPBACK

    @property
    def use_agent_store(self) -> bool:
        return True

    def next_rendezvous(self) -> RendezvousInfo:
        store = PrefixStore(self._run_id, self._store)
        return RendezvousInfo(store, 0, 1, RendezvousStoreInfo(_ADDRESS, self._port))

    def is_closed(self) -> bool:
        return False

    def set_closed(self) -> None:
        """Nobody else could join."""

    def num_nodes_waiting(self) -> int:
        return 0

    def get_run_id(self) -> str:
        return self._run_id

    def shutdown(self) -> bool:
        return True


def _meet(parameters: RendezvousParameters) -> RendezvousHandler:
    return _Loopback(parameters.run_id)


rendezvous_handler_registry.register(LOOPBACK, _meet)
