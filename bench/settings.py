"""The demonstration's settings with the benches' own flows."""

from settings.demo import *  # noqa: F403
from settings.demo import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench.flows"]
