"""What people write in their own lists for the choices of a fee sheet: 代测 is assisted, 元/机时 an hour. The
words follow the glossary of the domain and the price lists of universities; a word that could mean two things
is none of them.
"""

import re
import unicodedata
from collections.abc import Mapping

_SPACE = re.compile(r"[\s_.()-]+")
_BEGINNING = re.compile(r"^(?:(?:元|yuan|rmb|cny|¥)/)?(?:每|per)?(?:一|1)?(?:个|次)?")
_WORDS: Mapping[str, Mapping[str, str]] = {
    "service_mode": {
        "self": """自主上机 自主 自助 自助上机 自助使用 自行上机 自主操作 自行操作 自主测试 上机 机时自用
            self-operated self-operated-use self-operation self-service self-use user-operated""",
        "assisted": """代测 代测试 委托测试 委托试验 委托检测 委托加工 代加工 代做 协助 协助上机 协助测试
            辅助上机 专人操作 机组操作 commissioned commissioned-test assisted-test assisted-use
            operator-assisted operator-assisted-test by-operator by-staff""",
        "sample": """送样 送样测试 送样检测 样品测试 来样测试 来样检测 sample-test sample-submission samples
            by-sample""",
    },
    "unit": {
        "hour": """机时 小时 时 台时 h hr hrs hours instrument-hour instrument-hours machine-hour
            machine-hours machine-time instrument-time""",
        "sample": "样 样品 件 件样品 samples specimen specimens piece",
        "startup": "开机 开机费 开机一次 start-ups setup start",
        "component": "组分 元素 成分 外加组分 额外组分 extra-component components element elements",
        "point": "温度点 温点 temperature temperature-point temperature-points",
        "further": "后续时段 追加时段 超出时段 further-period further-periods",
        "block": "时间段 分时段 整段 time-block block-of-time blocks",
        "core_hour": "核时 核小时 核心小时 cpu核时 cpu机时 cpu小时 core-hours core-h cpu-hour cpu-hours",
    },
    "cost.hours_basis": {
        "quota": "定额 定额机时 额定机时 年定额机时 quota-hours",
        "planned": "计划 计划机时 预计 预计机时 计划开放机时 planned-hours plan",
    },
    "kind": {
        "government": "政府 政府价 政府定价 政府指导价 物价部门 government-price",
        "market": "市场 市场价 市场价格 同城 同城价 同类收费 兄弟院校 market-price peer",
        "regulation": "法规 规定 文件 规章 管理办法 regulations rule rules",
        "other": "其他 其它 others",
    },
}


def plain(text: str) -> str:
    """A word without what changes nothing about it: case, width, spaces and dashes, 元/, 每, per."""
    return _BEGINNING.sub("", _SPACE.sub("", unicodedata.normalize("NFKC", text).casefold()))


SYNONYMS: Mapping[str, Mapping[str, str]] = {
    path: {plain(word): value for value, words in choices.items() for word in (value, *words.split())}
    for path, choices in _WORDS.items()
}


def meant(path: str, text: str) -> str | None:
    """The choice of a column that a word means; None for a word that nobody uses for one."""
    return SYNONYMS.get(path, {}).get(plain(text))
