"""The ministry's score, twenty cases worked by hand from its table.

Each case: what it is about, class, figures in the order of FIGURES, weighted parts in the order of the
scheme, total and grade; the arithmetic stands above it (after the parts' caps, times the weight).
"""

from fractions import Fraction

import pytest

from apps.evaluation.scoring import score
from apps.evaluation.shipped import shipped

FIGURES = (
    *(
        "effective_hours",
        "trained_alone",
        "trained_guided",
        "demonstrations",
        "prizes_national",
        "prizes_provincial",
    ),
    *("prizes_school", "papers_core", "income", "functions_original", "functions_used", "functions_new"),
)
CASES = (
    # every part is nothing
    (
        "nothing at all",
        "0301",
        "0 0 0 0 0 0 0 0 0 0 0 0",
        "0.00 0.00 0.00 0.00 0.00",
        "0.00 poor",
    ),
    # 1400/1400; 10x10; 80+4x5; 5x20; 60+4x10
    (
        "everything that counts",
        "0301",
        "1400 10 0 0 1 0 0 4 20000 10 10 4",
        "35.00 20.00 25.00 15.00 5.00",
        "100.00 excellent",
    ),
    # 50x.35; (30+15)x.2; 30x.25; 40x.15; 48x.05
    (
        "half of the hours",
        "0301",
        "700 3 5 0 0 0 0 6 8000 10 8 0",
        "17.50 9.00 7.50 6.00 2.40",
        "42.40 poor",
    ),
    # 75x.35; 60x.2; (60+10)x.25; 60x.15; 36x.05
    (
        "three quarters",
        "0301",
        "1050 6 0 0 0 1 0 2 12000 10 6 0",
        "26.25 12.00 17.50 9.00 1.80",
        "66.55 pass",
    ),
    # 115 capped at 100; (80+18)x.2; (80+20)x.25; 75x.15; (60+10)x.05
    (
        "more hours than count",
        "0301",
        "1610 8 6 0 1 0 1 0 15000 5 5 1",
        "35.00 19.60 25.00 11.25 3.50",
        "94.35 excellent",
    ),
    # 800/800; (40+60/30)x.2; 50x.25; 100x.15; 24x.05
    (
        "special instrument, full quota",
        "0402",
        "800 4 0 60 0 0 0 10 20000 10 4 0",
        "35.00 8.40 12.50 15.00 1.20",
        "72.10 pass",
    ),
    # 80x.35; (50+30)x.2; (60+40)x.25; 45x.15; 12x.05
    (
        "special instrument, most of it",
        "0402",
        "640 5 10 0 0 1 0 8 9000 10 2 0",
        "28.00 16.00 25.00 6.75 0.60",
        "76.35 good",
    ),
    # 1000/1400x35=25; (13+1/30)x.2=2.6067; 5x.25; 6.17x.15=0.9255; 10 % of the functions: 0
    (
        "thirtieths of a viewer",
        "0301",
        "1000 1 1 1 0 0 0 1 1234 10 1 0",
        "25.00 2.61 1.25 0.93 0.00",
        "29.79 poor",
    ),
    # 1399.5/1400x35=34.9875; (90+10)x.2; 5x20; 99.995x.15=14.99925; (60+30)x.05
    (
        "nearly all",
        "0301",
        "1399.5 9 0 300 0 0 5 0 19999 10 10 3",
        "34.99 20.00 25.00 15.00 4.50",
        "99.49 excellent",
    ),
    # 35+20+80x.25+15
    (
        "ninety to the point",
        "0301",
        "1400 10 0 0 1 0 0 0 20000 0 0 0",
        "35.00 20.00 20.00 15.00 0.00",
        "90.00 excellent",
    ),
    # 5x19.99=99.95; x.15=14.9925
    (
        "a hundredth below ninety",
        "0301",
        "1400 10 0 0 1 0 0 0 19990 0 0 0",
        "35.00 20.00 20.00 14.99 0.00",
        "89.99 good",
    ),
    # 35+20+20
    (
        "seventy-five to the point",
        "0301",
        "1400 10 0 0 1 0 0 0 0 0 0 0",
        "35.00 20.00 20.00 0.00 0.00",
        "75.00 good",
    ),
    # 35+(80+20)x.25
    (
        "sixty to the point",
        "0301",
        "1400 0 0 0 1 0 1 0 0 0 0 0",
        "35.00 0.00 25.00 0.00 0.00",
        "60.00 pass",
    ),
    # 34.9875 is 34.99
    (
        "a hundredth below sixty",
        "0301",
        "1399.5 0 0 0 1 0 1 0 0 0 0 0",
        "34.99 0.00 25.00 0.00 0.00",
        "59.99 poor",
    ),
    # 357, 500, 240, 5000 and 150, all capped at 100
    (
        "far above every cap",
        "0301",
        "5000 50 0 0 3 0 0 0 1000000 10 10 9",
        "35.00 20.00 25.00 15.00 5.00",
        "100.00 excellent",
    ),
    # no original ones: 0+2x10=20; x.05
    (
        "new functions alone",
        "0301",
        "0 0 0 0 0 0 0 0 0 0 0 2",
        "0.00 0.00 0.00 0.00 1.00",
        "1.00 poor",
    ),
    # 20x.35; 99x.2; 20x5=100; 2.5x.15=0.375; 60 % of the functions: 36x.05
    (
        "guided people and papers",
        "0301",
        "280 0 33 0 0 0 0 20 500 5 3 0",
        "7.00 19.80 25.00 0.38 1.80",
        "53.98 poor",
    ),
    # 60x.35; (20+6+.5)x.2; (40+15)x.25; 33.945x.15=5.09175; 77.8 %: 36x.05
    (
        "seven of nine functions",
        "0301",
        "840 2 2 15 0 0 2 3 6789 9 7 0",
        "21.00 5.30 13.75 5.09 1.80",
        "46.94 poor",
    ),
    # 80x.35; (70+12)x.2; (60+20+10)x.25; 80x.15; (48+10)x.05
    (
        "a good one",
        "0301",
        "1120 7 4 0 0 1 1 2 16000 10 9 1",
        "28.00 16.40 22.50 12.00 2.90",
        "81.80 good",
    ),
    # 123.456/1400x35=3.0864; 7/30x.2=0.0467; .00495x.15=0.0007; 25 %: 12x.05
    (
        "crumbs",
        "0301",
        "123.456 0 0 7 0 0 0 0 0.99 4 1 0",
        "3.09 0.05 0.00 0.00 0.60",
        "3.74 poor",
    ),
)


@pytest.mark.parametrize(
    ("case", "class6", "figures", "parts", "total"), CASES, ids=[one[0] for one in CASES]
)
def test_a_hand_worked_case(case: str, class6: str, figures: str, parts: str, total: str) -> None:
    content = shipped("ministry")
    given = dict(zip(FIGURES, map(Fraction, figures.split()), strict=True))
    found = score(content, content.cohort_of(class6=class6), given)
    assert " ".join(f"{float(one.weighted):.2f}" for one in found.parts) == parts, case
    assert f"{float(found.total):.2f} {found.grade.key}" == total, case


def test_there_are_twenty() -> None:
    assert len(CASES) == 20
