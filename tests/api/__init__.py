"""Tests of the HTTP interface: who may ask what, how it answers and refuses, and that nothing breaks it."""
