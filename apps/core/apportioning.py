"""Dividing an amount by parts of a thousand so that nothing is lost: the largest remainder. Pure."""

from collections.abc import Sequence

WHOLE = 1000


def apportion(amount: int, permille: Sequence[int]) -> list[int]:
    """What each part gets of an amount (fen, may be negative), in the order of the parts. Every part gets
    its share rounded towards nothing; what is left over goes, a fen each, to the largest remainders, the
    first of equal ones first. The parts always sum to the amount.

    Raises ValueError where the parts are negative or do not make a thousand: the caller has asked before.
    """
    if sum(permille) != WHOLE or any(part < 0 for part in permille):
        raise ValueError(f"{list(permille)} do not make {WHOLE}")
    sign, whole = (-1, -amount) if amount < 0 else (1, amount)
    shares = [whole * part // WHOLE for part in permille]
    rests = [whole * part % WHOLE for part in permille]
    order = sorted(range(len(permille)), key=lambda place: (-rests[place], place))
    for place in order[: whole - sum(shares)]:
        shares[place] += 1
    return [sign * share for share in shares]
