"""siamese-convert: makes bundles, looks into them, and measures them."""

import argparse
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from converter.cli.console import FAULT, USAGE, complain, print_json
from converter.errors import WrongUsage
from converter.packages import require
from edge import __version__
from edge.errors import SiameseEdgeError

_EPILOG = """exit status:
  0  done
  1  a fault, said on standard error
  2  wrong usage
"""
_PACKAGES = {
    "pretrained": ("tensorflow", "keras", "sklearn", "ai_edge_litert"),
    "evaluate": ("sklearn", "matplotlib"),
    "inspect": (),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status is that of the epilog above."""
    parsed = _parser().parse_args(arguments)
    try:
        require(*_PACKAGES[parsed.command])
        # Only now, so that no command waits for TensorFlow or fails for want of it unless it needs it.
        return int(import_module(f"converter.cli.{parsed.command}").run(parsed))
    except SiameseEdgeError as fault:
        return _fail(parsed, fault.code, str(fault), USAGE if isinstance(fault, WrongUsage) else FAULT)
    except OSError as fault:
        return _fail(parsed, "storage", f"{fault.filename}: {fault.strerror}; choose another place, or free this one")
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _fail(parsed: argparse.Namespace, code: str, message: str, status: int = FAULT) -> int:
    if getattr(parsed, "json", False):
        print_json({"error": {"code": code, "message": message}})
    complain(message)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "siamese-convert",
        description="Makes bundles of Siamese towers for siamese-edge, looks into them, and measures them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_pretrained(_command(commands, "pretrained", "make the shipped bundles again"))
    _add_evaluate(_command(commands, "evaluate", "measure how well a bundle verifies"))
    _add_inspect(_command(commands, "inspect", "show a bundle's card, and check its files"))
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, summary: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_pretrained(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="LFW View 1: images/, pairsDevTrain.txt (calibrated on), pairsDevTest.txt (measured on)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("edge/models"), metavar="DIR", help="where the bundles go (edge/models)"
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=Path("build/pretrained"),
        metavar="DIR",
        help="where the Keras twin and the logs go (build/pretrained)",
    )


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    _add_bundle(parser)
    parser.add_argument("--pairs", type=Path, required=True, metavar="FILE", help="pairs as LFW ships them")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="one folder a person")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write a page with plots there")
    parser.add_argument(
        "--threshold-from",
        type=Path,
        metavar="PAIRS",
        help="for pairs without folds: the threshold with the fewest errors on these (else the card's)",
    )
    parser.add_argument("--threads", type=_threads, default=2, metavar="N", help="processor threads, 1 to 16 (2)")


def _add_inspect(parser: argparse.ArgumentParser) -> None:
    _add_bundle(parser)


def _add_bundle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a bundle's folder, or the name of a shipped one")
    parser.add_argument("--json", action="store_true", help="answer for machines")


def _threads(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 16:  # noqa: PLR2004 - as the terminal's vision.threads
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 16")


if __name__ == "__main__":
    sys.exit(main())
