"""One GET of an address on this machine, for health checks: with next to no imports, since each starts a Python."""

import socket

_MOST_BYTES = 65536


def get(host: str, port: int, path: str, *, seconds: float) -> tuple[int, str]:
    """The status and the body.

    Raises:
        OSError: nobody answers within `seconds`, or not in HTTP.
    """
    with socket.create_connection((host, port), timeout=seconds) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        answer = b""
        while len(answer) < _MOST_BYTES and (some := connection.recv(_MOST_BYTES)):
            answer += some
    head, _, body = answer.decode(errors="replace").partition("\r\n\r\n")
    words = head.split(maxsplit=2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        raise OSError("no answer in HTTP")
    return int(words[1]), body
