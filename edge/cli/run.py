"""run: the service. demo: the service between a broker and a subscriber of its own."""

import argparse
import logging
import os
import signal

import msgspec

from edge import __version__
from edge.cli.context import configuration
from edge.demo import show
from edge.runtime import logs
from edge.runtime.health import Systemd
from edge.terminal import Terminal

log = logging.getLogger(__name__)


def run(arguments: argparse.Namespace) -> int:
    """Runs the terminal until SIGTERM or SIGINT, or to the end of a clip."""
    settings = configuration(arguments)
    if arguments.source is not None:
        camera = msgspec.structs.replace(settings.camera, source=arguments.source)
        settings = msgspec.structs.replace(settings, camera=camera)
    logs.setup(settings.log.level, os.environ)
    terminal = Terminal(settings, Systemd.of(os.environ))
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: terminal.stop())
    log.info("start", extra={"version": __version__, "site": settings.site, "device": settings.device})
    status = terminal.run()
    log.info("stop", extra={"status": status})
    return status


def demo(arguments: argparse.Namespace) -> int:
    """Shows the main job on real pictures; exit status 0 if everybody was known and the stranger was not."""
    return show.run(arguments.camera, arguments.keep, arguments.embedded_broker)
