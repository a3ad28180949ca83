"""The outcomes of ``samples.release``."""

RELEASE, WAIT_CHECK, WAIT_PAYMENT = "release", "wait_check", "wait_payment"
