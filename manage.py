#!/usr/bin/env python
"""The command line. DJANGO_SETTINGS_MODULE chooses the settings; without it, the one-machine demo."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.demo")
    execute_from_command_line(sys.argv)
