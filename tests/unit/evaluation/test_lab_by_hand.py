"""The review of laboratories, twenty cases worked by hand from its table.

Each case: what it is about, class, figures in the order of FIGURES, weighted parts in the order of the
scheme, total and grade; the arithmetic stands above it (after the parts' caps, times the weight).
"""

from fractions import Fraction

import pytest

from apps.evaluation.scoring import score
from apps.evaluation.shipped import shipped

FIGURES = (
    *(
        "instruments",
        "instruments_open",
        "instruments_online",
        "rules_in_place",
        "staff_technical",
        "effective_hours",
    ),
    *("external_hours", "papers_core", "papers_external", "rating", "repairs_own", "repairs_bought"),
)
CASES = (
    # nothing broke: maintenance is full
    (
        "nothing at all",
        "",
        "0 0 0 0 0 0 0 0 0 0 0 0",
        "0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00 6.00",
        "6.00 poor",
    ),
    # 20x5; 10/10; 500x2/10; 10/10; 1599 each; 1 paper each; 273 each; 50+50; 1/1
    (
        "everything that counts",
        "",
        "10 10 10 5 2 15990 2730 10 10 1 1 0",
        "10.00 15.00 10.00 5.00 12.00 8.00 20.00 14.00 6.00",
        "100.00 excellent",
    ),
    # 60x.1; 75x.15; 125 capped; 50x.05; 799.5/1599=50x.12; 50x.08; 136.5/273=50x.2; (20+40)x.14; 25x.06
    (
        "a middling lab",
        "",
        "4 3 2 3 1 3198 546 2 4 0.8 1 3",
        "6.00 11.25 10.00 2.50 6.00 4.00 10.00 8.40 1.50",
        "59.65 poor",
    ),
    # 80x.1, the rest as before
    (
        "one rule more",
        "",
        "4 3 2 4 1 3198 546 2 4 0.8 1 3",
        "8.00 11.25 10.00 2.50 6.00 4.00 10.00 8.40 1.50",
        "61.65 pass",
    ),
    # 20x.1; 100/3x.15; 0; 100/3x.05=1.6667; 100/3x.12; 100/3x.08; 100/3x.2; 47.5x.14; 200/3x.06
    (
        "thirds",
        "",
        "3 1 1 1 0 1599 273 1 0 0.95 2 1",
        "2.00 5.00 0.00 1.67 4.00 2.67 6.67 6.65 4.00",
        "32.66 poor",
    ),
    # 40+20, nothing shared, all repairs bought
    (
        "nothing for others",
        "",
        "10 10 10 5 2 15990 0 10 0 0 0 1",
        "10.00 15.00 10.00 5.00 12.00 8.00 0.00 0.00 0.00",
        "60.00 pass",
    ),
    # 25x.14; 100x.06
    (
        "half satisfied",
        "",
        "10 10 10 5 2 15990 0 10 0 0.5 1 0",
        "10.00 15.00 10.00 5.00 12.00 8.00 0.00 3.50 6.00",
        "69.50 pass",
    ),
    # 204.75/273=75x.2
    (
        "three quarters shared",
        "",
        "10 10 10 5 2 15990 2047.5 10 0 0 0 1",
        "10.00 15.00 10.00 5.00 12.00 8.00 15.00 0.00 0.00",
        "75.00 good",
    ),
    # 45x.14; no repairs: 100x.06
    (
        "nothing broke",
        "",
        "10 10 10 5 2 15990 2730 10 0 0.9 0 0",
        "10.00 15.00 10.00 5.00 12.00 8.00 20.00 6.30 6.00",
        "92.30 excellent",
    ),
    # 50x.14; 50x.06
    (
        "ninety to the point",
        "",
        "10 10 10 5 2 15990 2730 10 0 1 1 1",
        "10.00 15.00 10.00 5.00 12.00 8.00 20.00 7.00 3.00",
        "90.00 excellent",
    ),
    # 50x.14; 0x.06
    (
        "every repair bought",
        "",
        "10 10 10 5 2 15990 2730 10 0 1 0 1",
        "10.00 15.00 10.00 5.00 12.00 8.00 20.00 7.00 0.00",
        "87.00 good",
    ),
    # 40x.1; 200 capped; 300 capped; 100/273x20=7.326; (50 of 60, and 20)x.14; 75x.06
    (
        "a single instrument",
        "",
        "1 1 0 2 0 3198 100 3 12 0.4 3 1",
        "4.00 15.00 0.00 0.00 12.00 8.00 7.33 9.80 4.50",
        "60.63 pass",
    ),
    # 5/7x15=10.714; 50/7=7.143; 6/7x5=4.286; 1000/1599x12=7.505; 2/7x8=2.286; 100/273x20;
    # (15+43.8)x.14=8.232; 4/7x6=3.429
    (
        "seven instruments",
        "",
        "7 5 6 5 1 7000 700 2 3 0.876 4 3",
        "10.00 10.71 7.14 4.29 7.50 2.29 7.33 8.23 3.43",
        "60.92 pass",
    ),
    # 180 capped at 100
    (
        "rules alone",
        "",
        "0 0 0 9 0 0 0 0 0 0 0 0",
        "10.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00 6.00",
        "16.00 poor",
    ),
    # 50 in each; staff 250 capped; (25+25)x.14
    (
        "half of everything",
        "",
        "2 1 1 0 1 1599 273 1 5 0.5 1 1",
        "0.00 7.50 10.00 2.50 6.00 4.00 10.00 7.00 3.00",
        "50.00 poor",
    ),
    # 90x.15; 75x.1; 75x.05; 90x.12; 60x.08; 80x.2; (40+45)x.14; 90x.06
    (
        "a large lab",
        "",
        "20 18 15 5 3 28782 4368 12 8 0.9 9 1",
        "10.00 13.50 7.50 3.75 10.80 4.80 16.00 11.90 5.40",
        "83.65 good",
    ),
    # 80 in each: 1279.2/1599, 218.4/273, 30+50; staff 0
    (
        "four fifths, nobody technical",
        "",
        "5 4 4 4 0 6396 1092 4 6 1 4 1",
        "8.00 12.00 0.00 4.00 9.60 6.40 16.00 11.20 4.80",
        "72.00 pass",
    ),
    # 500x1/5=100x.1
    (
        "four fifths and an engineer",
        "",
        "5 4 4 4 1 6396 1092 4 6 1 4 1",
        "8.00 12.00 10.00 4.00 9.60 6.40 16.00 11.20 4.80",
        "82.00 good",
    ),
    # 500/6=83.33x.1; 50x.05; (50+49)x.14; 5/6x6
    (
        "an excellent lab",
        "",
        "6 6 3 5 1 9594 1638 6 10 0.98 5 1",
        "10.00 15.00 8.33 2.50 12.00 8.00 20.00 13.86 5.00",
        "94.69 excellent",
    ),
    # 2/3x15; 166 capped; 2/3x5=3.333; 333.3/1599x12=2.5016; 10/3/273x20=0.244; (5+16.65)x.14=3.031; 1/3x6
    (
        "a small lab",
        "",
        "3 2 2 2 1 1000 10 0 1 0.333 1 2",
        "4.00 10.00 10.00 3.33 2.50 0.00 0.24 3.03 2.00",
        "35.10 poor",
    ),
)


@pytest.mark.parametrize(
    ("case", "class6", "figures", "parts", "total"), CASES, ids=[one[0] for one in CASES]
)
def test_a_hand_worked_case(case: str, class6: str, figures: str, parts: str, total: str) -> None:
    content = shipped("lab")
    given = dict(zip(FIGURES, map(Fraction, figures.split()), strict=True))
    found = score(content, content.cohort_of(class6=class6), given)
    assert " ".join(f"{float(one.weighted):.2f}" for one in found.parts) == parts, case
    assert f"{float(found.total):.2f} {found.grade.key}" == total, case


def test_there_are_twenty() -> None:
    assert len(CASES) == 20
