"""Tests of cases and tasks through the HTTP interface."""
