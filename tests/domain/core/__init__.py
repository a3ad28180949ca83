"""The kernel: outbox, guards, periods, parameters, money, clock, audit."""
