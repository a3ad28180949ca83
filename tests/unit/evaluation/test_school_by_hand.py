"""The school's score, twenty cases worked by hand from its table.

Each case: what it is about, class, figures in the order of FIGURES, weighted parts in the order of the
scheme, total and grade; the arithmetic stands above it (after the parts' caps, times the weight).
"""

from fractions import Fraction

import pytest

from apps.evaluation.scoring import score
from apps.evaluation.shipped import shipped

FIGURES = (
    *("effective_hours", "external_hours", "trained_alone", "trained_guided", "demonstrations"),
    *("prizes_national", "prizes_provincial", "prizes_school", "papers_core", "income"),
)
CASES = (
    # no hours: openness is 0
    (
        "nothing at all",
        "0301",
        "0 0 0 0 0 0 0 0 0 0",
        "0.00 0.00 0.00 0.00 0.00",
        "0.00 poor",
    ),
    # 1200/1200; all from outside; 10x10; 80+20; 5x20
    (
        "everything that counts",
        "0301",
        "1200 1200 10 0 0 1 0 1 0 20000",
        "45.00 25.00 5.00 15.00 10.00",
        "100.00 excellent",
    ),
    # 50x.45; 10x.25; 30x.05; 20x.15; 20x.1
    (
        "half of the hours",
        "0301",
        "600 60 3 0 0 0 0 0 4 4000",
        "22.50 2.50 1.50 3.00 2.00",
        "31.50 poor",
    ),
    # 100x.45; 25x.25; 100x.05; 50x.15; 50x.1
    (
        "full hours, a quarter open",
        "0301",
        "1200 300 10 0 0 0 0 0 10 10000",
        "45.00 6.25 5.00 7.50 5.00",
        "68.75 pass",
    ),
    # 125 capped; 60x.25; (50+30)x.05; (60+10)x.15; 75x.1
    (
        "more hours than count",
        "0301",
        "1500 900 5 10 0 0 1 0 2 15000",
        "45.00 15.00 4.00 10.50 7.50",
        "82.00 good",
    ),
    # 800/800; 50x.25
    (
        "special, half open",
        "0402",
        "800 400 0 0 0 0 0 0 0 0",
        "45.00 12.50 0.00 0.00 0.00",
        "57.50 poor",
    ),
    # 90x.45; 75x.25; 300/30x.05; 80x.15; 60x.1
    (
        "special, good",
        "0402",
        "720 540 0 0 300 1 0 0 0 12000",
        "40.50 18.75 0.50 12.00 6.00",
        "77.75 good",
    ),
    # 75x.45; 1/900=.111 %x.25=0.0278; 10x.05; 5x.15; 5x.1
    (
        "one hour for outside",
        "0301",
        "900 1 1 0 0 0 0 0 1 1000",
        "33.75 0.03 0.50 0.75 0.50",
        "35.53 poor",
    ),
    # 1000/1200x45=37.5; 33.3x.25=8.325; 21x.05; 60x.15; 38.885x.1=3.8885
    (
        "thirds",
        "0301",
        "1000 333 0 7 0 0 0 3 0 7777",
        "37.50 8.33 1.05 9.00 3.89",
        "59.77 poor",
    ),
    # 45+25+5+15
    (
        "ninety to the point",
        "0301",
        "1200 1200 10 0 0 1 0 1 0 0",
        "45.00 25.00 5.00 15.00 0.00",
        "90.00 excellent",
    ),
    # 45+25+5
    (
        "seventy-five to the point",
        "0301",
        "1200 1200 10 0 0 0 0 0 0 0",
        "45.00 25.00 5.00 0.00 0.00",
        "75.00 good",
    ),
    # 45+100x.15
    (
        "sixty to the point",
        "0301",
        "1200 0 0 0 0 1 0 1 0 0",
        "45.00 0.00 0.00 15.00 0.00",
        "60.00 pass",
    ),
    # 1199.7/1200x45=44.98875
    (
        "a hundredth below sixty",
        "0301",
        "1199.7 0 0 0 0 1 0 1 0 0",
        "44.99 0.00 0.00 15.00 0.00",
        "59.99 poor",
    ),
    # 100/1200x45=3.75; 100x.25
    (
        "few hours, all open",
        "0301",
        "100 100 0 0 0 0 0 0 0 0",
        "3.75 25.00 0.00 0.00 0.00",
        "28.75 poor",
    ),
    # 200, 125, 400, 320 and 4500, all capped at 100
    (
        "far above every cap",
        "0301",
        "2400 3000 40 0 0 4 0 0 0 900000",
        "45.00 25.00 5.00 15.00 10.00",
        "100.00 excellent",
    ),
    # 400/1200x45=15; 25x.25; (20+3+1)x.05; 35x.15; 12.5x.1
    (
        "a little of all",
        "0301",
        "400 100 2 1 30 0 0 0 7 2500",
        "15.00 6.25 1.20 5.25 1.25",
        "28.95 poor",
    ),
    # 62.5x.45=28.125; 25x.25; 120, 120 and 150 capped
    (
        "special, three caps",
        "0402",
        "500 125 12 0 0 0 2 0 0 30000",
        "28.13 6.25 5.00 15.00 10.00",
        "64.38 pass",
    ),
    # 1111/1200x45=41.6625; 222/1111=19.982 %x.25=4.9955
    (
        "eleven elevens",
        "0301",
        "1111 222 0 0 0 0 0 0 0 0",
        "41.66 5.00 0.00 0.00 0.00",
        "46.66 poor",
    ),
    # 90x.45; 75x.25; 90x.05; 85x.15; 90x.1
    (
        "a good one",
        "0301",
        "1080 810 9 0 0 1 0 0 1 18000",
        "40.50 18.75 4.50 12.75 9.00",
        "85.50 good",
    ),
    # 95 in each part: 90+3+2; 80+15; 5x19
    (
        "ninety-five of all",
        "0301",
        "1140 1083 9 1 60 1 0 0 3 19000",
        "42.75 23.75 4.75 14.25 9.50",
        "95.00 excellent",
    ),
)


@pytest.mark.parametrize(
    ("case", "class6", "figures", "parts", "total"), CASES, ids=[one[0] for one in CASES]
)
def test_a_hand_worked_case(case: str, class6: str, figures: str, parts: str, total: str) -> None:
    content = shipped("school")
    given = dict(zip(FIGURES, map(Fraction, figures.split()), strict=True))
    found = score(content, content.cohort_of(class6=class6), given)
    assert " ".join(f"{float(one.weighted):.2f}" for one in found.parts) == parts, case
    assert f"{float(found.total):.2f} {found.grade.key}" == total, case


def test_there_are_twenty() -> None:
    assert len(CASES) == 20
