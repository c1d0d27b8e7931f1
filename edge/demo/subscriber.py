"""A subscriber in a process of its own, with a client library that the terminal does not use.

`python -m edge.demo.subscriber PORT TOPIC` prints `topic<TAB>payload` for each message, after a line `ready`.
"""

import asyncio
import sys

from amqtt.client import MQTTClient
from amqtt.mqtt.constants import QOS_1


async def _listen(port: int, topic: str) -> None:
    client = MQTTClient(config={"auto_reconnect": False})
    await client.connect(f"mqtt://127.0.0.1:{port}/")
    await client.subscribe([(topic, QOS_1)])
    print("ready", flush=True)
    while True:
        message = await client.deliver_message()
        if message is not None and message.data is not None:
            print(message.topic, bytes(message.data).decode(), sep="\t", flush=True)


if __name__ == "__main__":
    asyncio.run(_listen(int(sys.argv[1]), sys.argv[2]))
