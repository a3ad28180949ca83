"""Money is integer fen; rates are exact Decimals. Rounding half-up happens once per charge line, here and
nowhere else.
"""

from decimal import Decimal
from fractions import Fraction

_MOST_DIGITS = 18  # of an amount in fen: what a column of the database holds


def round_fen(amount: Decimal | Fraction) -> int:
    """Exact fen to whole fen, half away from zero (as a cashier does)."""
    numerator, denominator = amount.as_integer_ratio()
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def fen_from_yuan(text: str) -> int:
    """'1234.5' -> 123450. Raises ValueError when the text is not money with at most two decimals."""
    try:
        fen = Decimal(text.strip().replace(",", "")) * 100
    except ArithmeticError as exc:
        raise ValueError(text) from exc
    if not fen.is_finite() or fen.adjusted() > _MOST_DIGITS or fen != fen.to_integral_value():
        raise ValueError(text)
    return int(fen)


def format_yuan(fen: int) -> str:
    """123450 -> '¥1,234.50'; negative amounts carry the sign before the currency mark."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}¥{yuan:,}.{rest:02d}"
