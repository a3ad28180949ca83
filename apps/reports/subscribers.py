"""Rooms below that ask for what the records of use say are told whom to ask."""

from apps.fees import realhours
from apps.reports.drift import real_hours

realhours.provide(real_hours)
