"""Refusals and faults of a connection, in words that say what to look at."""

import errno
import socket

REFUSED = 128
"""From here on, a reason code of MQTT 5 is a refusal; 16 (nobody subscribes) is not."""

_CONNECT = {
    132: 'the broker does not speak this version of MQTT; set mqtt.protocol to "auto"',
    133: "the broker does not allow this client id; site and device in config.yaml make it",
    134: "user or password is wrong; check mqtt.user and the file that mqtt.password_file names",
    135: "not allowed; check mqtt.user, the file that mqtt.password_file names, and the broker's access list",
    138: "this client is banned; look at the broker's configuration",
}
_PUBLISH = {
    135: "the broker's access list forbids it; allow this user to write to the topic",
    144: "the broker does not allow this topic; allow it in the broker's configuration",
    149: "the message is larger than the broker allows; raise its packet limit",
    151: "the broker's quota for this client is used up; raise it",
}


def refused_connection(code: int, name: str) -> str:
    """Why the broker refused the connection (`code` is a reason code of MQTT 5, `name` its name)."""
    return f"refused: {name} ({code}): {_CONNECT.get(code, 'look at the log of the broker')}"


def refused_message(topic: str, code: int) -> str:
    """Why the broker refused a message."""
    return f"the broker refused a message to {topic} ({code}): {_PUBLISH.get(code, 'look at the log of the broker')}"


def lost_connection(code: int, name: str) -> str:
    """Why a connection that was up has ended."""
    # Mosquitto 2.0 does not say when it hands the session to another client, so the hint stands for any code.
    return (
        f"connection lost: {name} ({code}); if that goes on, another client may have the same id: give each "
        "terminal its own site and device in config.yaml"
    )


def unreachable(host: str, port: int, fault: Exception) -> str:
    """Why no connection could be made, and what to check."""
    return f"broker {host}:{port} is not reachable: {fault}; {_advice(host, port, fault)}"


def _advice(host: str, port: int, fault: Exception) -> str:
    if isinstance(fault, socket.gaierror):
        return f"check the name in mqtt.host ({host!r}) and the network's name server"
    if isinstance(fault, ConnectionRefusedError):
        return f"nothing listens there: check that the broker runs (systemctl status mosquitto) and mqtt.port ({port})"
    if isinstance(fault, TimeoutError):
        return "nothing answers: check that the host is on, and the firewall between"
    if isinstance(fault, OSError) and fault.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return "check the cable or the Wi-Fi of this terminal, and its route"
    return "check mqtt.host and mqtt.port, and the log of the broker"
