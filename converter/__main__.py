"""siamese-convert: makes bundles, looks into them, and measures them."""

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from converter.cli.console import FAULT, USAGE, complain, print_json
from converter.convert.recipe import RECIPES
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
    "convert": ("sklearn", "matplotlib"),
    "pretrained": ("tensorflow", "keras", "sklearn", "ai_edge_litert"),
    "evaluate": ("sklearn", "matplotlib"),
    "inspect": (),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status is that of the epilog above."""
    parsed = _parser().parse_args(arguments)
    try:
        require(*_packages(parsed))
        # Only now, so that no command waits for TensorFlow or fails for want of it unless it needs it.
        return int(import_module(f"converter.cli.{parsed.command}").run(parsed))
    except SiameseEdgeError as fault:
        return _fail(parsed, fault.code, str(fault), USAGE if isinstance(fault, WrongUsage) else FAULT)
    except OSError as fault:
        return _fail(parsed, "storage", f"{fault.filename}: {fault.strerror}; choose another place, or free this one")
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _packages(parsed: argparse.Namespace) -> Sequence[str]:
    """A TFLite file is measured without TensorFlow."""
    needed = _PACKAGES[parsed.command]
    convert = parsed.command == "convert" and parsed.model.suffix != ".tflite"
    return (*needed, "tensorflow", "keras", "ai_edge_litert") if convert else needed


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
    _add_convert(_command(commands, "convert", "make a bundle of your own trained model, and prove it"))
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


def _add_convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a Keras file, a SavedModel folder, or .tflite")
    parser.add_argument("--out", type=Path, required=True, metavar="BUNDLE", help="the folder that becomes the bundle")
    _add_pictures(parser.add_argument_group("pictures to quantize, calibrate and prove with"))
    _add_model(parser.add_argument_group("what the file does not say"))
    _add_proof(parser.add_argument_group("what is made, and how it is proved"))
    parser.add_argument("--json", action="store_true", help="answer for machines")


def _add_pictures(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="one folder of pictures for each person; or the tutorial's anchor/, positive/ and negative/",
    )
    group.add_argument("--pairs", type=Path, metavar="FILE", help="or else pairs as LFW ships them, with --images")
    group.add_argument("--images", type=Path, metavar="DIR", help="the pictures of --pairs, one folder a person")
    group.add_argument(
        "--most",
        type=_count,
        default=600,
        metavar="N",
        help="look at so many pictures at most, spread over people (600)",
    )


def _add_model(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--crop",
        metavar="CROP",
        help="what of a picture the model sees: face, whole, or centre:LEFT,TOP,WIDTH,HEIGHT[@WIDTHxHEIGHT]",
    )
    group.add_argument(
        "--input-range", metavar="LOW..HIGH", help="what black and white are for the model: 0..1, 0..255"
    )
    group.add_argument("--tower", metavar="NAME", help="the nested model that makes embeddings")
    group.add_argument("--distance", metavar="NAME", help="how embeddings are compared: l1, squared, euclidean, cosine")
    group.add_argument(
        "--layer",
        dest="layers",
        action="append",
        type=_meaning,
        default=[],
        metavar="NAME=MEANING",
        help="what a layer of your own does: unit-length or nothing",
    )
    group.add_argument("--trust-code", action="store_true", help="run code that the file holds (Lambda layers)")


def _add_proof(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--recipe", choices=list(RECIPES), default="int8", help="how numbers are stored (int8)")
    group.add_argument("--quick", action="store_true", help="leave out the recipes that were not chosen")
    group.add_argument(
        "--recalibrate", action="store_true", help="fit a score anew, though a trained head brings its own"
    )
    group.add_argument(
        "--max-flips",
        type=_share,
        default=0.005,
        metavar="SHARE",
        help="the most pairs that may be decided otherwise than by the trained model (0.005)",
    )
    group.add_argument("--report", type=Path, metavar="DIR", help="write a page with plots there")
    group.add_argument("--pictures", action="store_true", help="show pictures of people in the report, not only names")
    group.add_argument("--name", metavar="NAME", help="of the bundle (that of its folder)")
    group.add_argument("--licence", default="not stated", metavar="TEXT", help="of the weights, for the card")
    group.add_argument("--trained-on", default="not stated", metavar="TEXT", help="which pictures, for the card")
    group.add_argument("--threads", type=_threads, default=2, metavar="N", help="processor threads, 1 to 16 (2)")


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


def _meaning(text: str) -> tuple[str, str]:
    name, found, meaning = text.partition("=")
    if name and found and meaning:
        return name, meaning
    raise argparse.ArgumentTypeError(f"{text!r} is not NAME=MEANING, such as l2_norm=unit-length")


def _count(text: str) -> int:
    if text.isdecimal() and 2 <= int(text) <= 100_000:  # noqa: PLR2004 - two make a pair
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of pictures from 2 to 100000")


def _share(text: str) -> float:
    with suppress(ValueError):
        if 0 <= float(text) <= 1:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1, such as 0.005")


if __name__ == "__main__":
    sys.exit(main())
