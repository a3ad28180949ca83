"""How instruments of the demonstration school were used in past years: seasons, weekdays, and what each kind
of instrument is used for. Plausible numbers, nobody's; the hours of a year are those of its asset list.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MONTHS = (0.75, 0.4, 1.05, 1.15, 1.2, 1.15, 0.95, 0.6, 1.0, 1.05, 1.2, 1.15)  # January first
WEEKDAYS = (1.0, 1.05, 1.05, 1.05, 1.0, 0.45, 0.3)  # Monday first
GROWTH = (0.88, 0.95, 1.0, 1.03)  # of the hours of the asset list, the oldest year first


@dataclass(frozen=True)
class Profile:
    """How long a use lasts (minutes, the ordinary ones), and when the first of a day begins (hour)."""

    minutes: tuple[int, ...]
    first_hour: int = 8


_ORDINARY = Profile((60, 75, 90, 120, 150))
PROFILES: Mapping[str, Profile] = {  # by the first four digits of the class
    "0101": Profile((90, 120, 150, 180, 210)),  # electron optics
    "0102": Profile((45, 60, 75, 90, 110)),  # mass spectrometers
    "0103": Profile((75, 100, 130)),  # X-rays
    "0104": Profile((45, 60, 75, 90)),  # optical spectra
    "0106": Profile((60, 90, 120, 150)),  # magnetic resonance
    "0110": Profile((75, 100, 130)),  # microscopes
}


def profile_of(class6: str) -> Profile:
    """The profile of a class."""
    return PROFILES.get(class6[:4], _ORDINARY)


# What a use is for, in hundredths: where people work themselves, and where samples are handed in.
SELF = (("booking", 76), ("walk_in", 10), ("training", 6), ("teaching", 4), ("maintenance", 4))
BOTH = (
    *(("booking", 55), ("walk_in", 7), ("sample_run", 26)),
    *(("training", 5), ("teaching", 3), ("maintenance", 4)),
)
SAMPLES_ONLY = (("sample_run", 92), ("teaching", 3), ("maintenance", 5))

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "子涵雨桐浩然思远欣怡宇航诗琪俊杰梦瑶天佑若曦一鸣嘉懿文博静怡明轩"
STUDENTS, ACADEMICS, COMPANIES = 190, 24, 18  # people who have left since
EXTERNAL_PERCENT = 13  # of own uses
POOL, EXTERNAL_POOL = 22, 5  # people who use one instrument
TRAINED_A_YEAR, GUIDED_A_YEAR, TAUGHT_A_YEAR = 6, 6, 2  # certificates, sessions, slots of each instrument
SEATS, CLASS = 3, 20
SAMPLES_A_MONTH = (3, 12)
SAMPLE_FEN = {"internal": 60_00, "external_academic": 150_00, "enterprise": 240_00}
CUSTOMERS = ("海岬材料有限公司", "青屿生物技术有限公司", "滨海检测有限公司", "蓝湾新能源有限公司")
