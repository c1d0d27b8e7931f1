"""config.yaml is complete and commented, and a mistake in it is explained."""

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from edge import config
from edge.errors import ConfigurationError

from .conftest import ROOT
