"""Rows of certificates for programs."""

from tests.web.matrix.rows import ANYBODY, Answers

API: dict[str, Answers] = {"GET /api/v1/certificates": ANYBODY}
