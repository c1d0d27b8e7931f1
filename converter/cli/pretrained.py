"""pretrained: makes the shipped bundles again from the models that registry packages bring."""

import argparse

from converter.cli.console import OK, Watched, muted
from converter.pretrained.collection import Collection


def run(arguments: argparse.Namespace) -> int:
    """Writes the bundles; TensorFlow's chatter goes to a file in the work folder.

    Raises:
        PairsUnreadable, SourceMissing, NotProved, NotABundle, OSError.
    """
    collection = Collection.read(arguments.data)
    arguments.work.mkdir(parents=True, exist_ok=True)
    log = arguments.work / "tensorflow.log"
    with muted(log) as terminal:
        watched = Watched(terminal)
        watched.tell(f"starting TensorFlow; what it writes goes to {log}")
        from converter.pretrained.build import build  # noqa: PLC0415 - importing it is what starts TensorFlow

        with watched.warnings():
            build(arguments.out, arguments.work, collection, watched)
    print(f"bundles: {', '.join(str(arguments.out / name) for name in ('detector', 'landmarks', 'face'))}")
    print(f"twin: {arguments.work / 'face-twin.keras'}")
    return OK
