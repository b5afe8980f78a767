"""A server that is some milliseconds away: a TCP proxy on this machine that holds everything back."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread

CHUNK = 65536


@contextmanager
def far_away(port: int, *, one_way: float) -> Iterator[int]:
    """A port on which 127.0.0.1:`port` answers, with each byte `one_way` seconds later, in each direction."""
    loop, ended = asyncio.new_event_loop(), asyncio.Event()
    listening: Future[int] = Future()

    async def listen() -> None:
        connections = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.add(asyncio.create_task(_serve(reader, writer, port, one_way)))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        listening.set_result(server.sockets[0].getsockname()[1])
        await ended.wait()
        server.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:  # its end cancels what is still on the way
            runner.run(listen())

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield listening.result(timeout=10)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, one_way: float) -> None:
    await asyncio.sleep(2 * one_way)  # the handshake
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_carry(reader, far_writer, one_way), _carry(far_reader, writer, one_way))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one_way: float) -> None:
    """Read at once, write later: what follows is not held back by what goes before."""
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            due, data = await on_the_way.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                break
            writer.write(data)
        writer.close()

    arriving = asyncio.create_task(arrive())
    data = b"-"
    while data:
        try:
            data = await reader.read(CHUNK)
        except OSError:
            data = b""
        on_the_way.put_nowait((loop.time() + one_way, data))
    await arriving
