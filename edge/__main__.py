"""siamese-edge: the terminal, and the commands around it."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from edge import __version__
from edge.cli import bench, check, people, photos, run
from edge.cli.context import FAULT, complain, print_json, unreachable
from edge.errors import SiameseEdgeError

_EPILOG = """exit status:
  0  done (verify: the same person)
  1  a fault, said on standard error (verify: different people; identify, embed: a photo could not be judged)
  2  wrong usage (verify: could not tell)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status is that of the epilog above."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.command(parsed))
    except SiameseEdgeError as fault:
        return _fail(parsed, fault.code, str(fault))
    except OSError as fault:
        return _fail(parsed, "internal", unreachable(fault))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _fail(parsed: argparse.Namespace, code: str, message: str) -> int:
    if getattr(parsed, "json", False):
        print_json({"error": {"code": code, "message": message}})
    complain(message)
    return photos.COULD_NOT_TELL if parsed.command is photos.verify else FAULT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "siamese-edge",
        description="A door terminal that knows people by one photo each.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common, answer = _common(), _answer()
    _add_service(commands, common)
    _add_people(commands, answer)
    _add_photos(commands, answer)
    _add_checks(commands, answer)
    return parser


def _common(default: str | None = None) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=default)
    common.add_argument("--config", type=Path, metavar="FILE", help="the configuration (./config.yaml, then /etc)")
    common.add_argument("--state", type=Path, metavar="DIR", help="the folder of gallery and outbox")
    return common


def _answer(default: str | None = None) -> argparse.ArgumentParser:
    answer = argparse.ArgumentParser(add_help=False, parents=[_common(default)], argument_default=default)
    answer.add_argument("--json", action="store_true", help="answer for machines")
    return answer


def _whole(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number from `low` to `high`."""

    def read(text: str) -> int:
        if text.isdecimal() and low <= int(text) <= high:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")

    return read


def _add_service(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    service = commands.add_parser("run", parents=[common], help="run the terminal")
    service.add_argument("--source", help="instead of camera.source")
    service.set_defaults(command=run.run)
    demo = commands.add_parser("demo", help="see it work: two people, a stranger, a broker and a subscriber")
    demo.add_argument("--camera", action="store_true", help="use the webcam instead of the clip")
    demo.add_argument("--keep", type=Path, metavar="DIR", help="keep photos, clip and state there")
    demo.add_argument("--embedded-broker", action="store_true", help="amqtt, even where mosquitto is installed")
    demo.set_defaults(command=run.demo)


def _add_people(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", answer: argparse.ArgumentParser
) -> None:
    enrol = commands.add_parser("enrol", parents=[answer], help="add a person, or further photos of one")
    enrol.add_argument("person", help="identifier: lower-case letters, digits, dashes")
    enrol.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    enrol.add_argument("--name", help="kept beside the identifier, never published unless mqtt.names is true")
    enrol.add_argument("--replace", action="store_true", help="drop the earlier references of this person")
    enrol.add_argument("--look-alike", action="store_true", help="allow a face that matches somebody else")
    enrol.set_defaults(command=people.enrol)
    listed = commands.add_parser("people", parents=[answer], help="list or remove people")
    listed.set_defaults(command=people.list_people)
    verbs = listed.add_subparsers(metavar="list|remove")
    again = _answer(argparse.SUPPRESS)  # so that an option before the verb is not set back by its default
    verbs.add_parser("list", parents=[again], help="list everybody").set_defaults(command=people.list_people)
    removed = verbs.add_parser("remove", parents=[again], help="remove a person with all references")
    removed.add_argument("person")
    removed.set_defaults(command=people.remove)


def _add_photos(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", answer: argparse.ArgumentParser
) -> None:
    verify = commands.add_parser("verify", parents=[answer], help="are two photos of one person?")
    verify.add_argument("first", type=Path, metavar="A")
    verify.add_argument("second", type=Path, metavar="B")
    verify.set_defaults(command=photos.verify)
    identify = commands.add_parser("identify", parents=[answer], help="whom does a photo show?")
    identify.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    identify.set_defaults(command=photos.identify)
    embed = commands.add_parser("embed", parents=[answer], help="write embeddings to a NumPy file")
    embed.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    embed.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    embed.set_defaults(command=photos.embed)


def _add_checks(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", answer: argparse.ArgumentParser
) -> None:
    measured = commands.add_parser("bench", parents=[answer], help="measure what a frame costs")
    measured.add_argument("source", help="a clip, a folder of photos, a camera")
    measured.add_argument(
        "--threads", type=_whole(1, 16), default=1, metavar="N", help="processor threads, 1 to 16 (1)"
    )
    measured.add_argument(
        "--frames", type=_whole(1, 1_000_000), default=1000, metavar="N", help="at most so many frames (1000)"
    )
    measured.set_defaults(command=bench.bench)
    checked = commands.add_parser("check", parents=[answer], help="is everything in order? what is wrong, what to do")
    checked.set_defaults(command=check.check)


if __name__ == "__main__":
    sys.exit(main())
