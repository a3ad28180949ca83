#!/usr/bin/env python
"""The command line. DJANGO_SETTINGS_MODULE chooses the settings; without it, the one-machine demo."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.demo")

from settings import celery  # noqa: F401 - what a command leaves to a worker goes to the worker's queue

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
