"""A broker for the demo: mosquitto where it is installed, otherwise amqtt inside a process of its own."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.demo.pictures import DemoUnavailable

_START_S = 20.0


@contextmanager
def running(folder: Path, embedded: bool = False) -> Iterator[tuple[str, int]]:
    """A broker on a free loopback port: its name and the port. It is ended afterwards.

    `embedded` takes amqtt even where mosquitto is installed.

    Raises:
        DemoUnavailable: it does not start.
    """
    port = _free_port()
    # Debian installs it outside the PATH of ordinary users.
    mosquitto = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if mosquitto and not embedded:
        configuration = folder / "mosquitto.conf"
        configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        name, command = "mosquitto", [mosquitto, "-c", str(configuration)]
    else:
        name, command = "amqtt", [sys.executable, "-m", "edge.demo.broker", str(port)]
    with (folder / "broker.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - found on the system's own path
    try:
        _wait(port, process, folder / "broker.log")
        yield name, port
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise DemoUnavailable(f"the broker does not start: {log.read_text()[-500:] or 'it says nothing'}")


async def _amqtt(port: int) -> None:
    from amqtt.broker import Broker  # noqa: PLC0415 - only this process needs it

    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await broker.start()
    await stopped.wait()
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(_amqtt(int(sys.argv[1])))
