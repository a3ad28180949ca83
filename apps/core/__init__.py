"""What every room stands on: clock, identifiers, errors, periods, money, outbox, audit, parameters. Knows no
noun of the domain.
"""
