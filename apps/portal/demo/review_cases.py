# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Which fee reviews there are at the demonstration school, who judges them and what they say. Data only."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Panel:
    """Who is invited, and who stands in, by login; `familiarity` is what everybody says of themselves."""

    members: tuple[str, ...] = ()
    reserve: tuple[str, ...] = ()
    familiarity: int = 2


@dataclass(frozen=True)
class Vote:
    """A vote with its reason; a changed price is the submitted one at `percent`."""

    login: str
    choice: str
    reason: str
    percent: int = 100


@dataclass(frozen=True)
class Review:
    """One proposal and how far it has come. `like` is the line of the price list that it is made from,
    `percent` what becomes of its prices; objections are (login, words, answer or '').
    """

    stage: str
    asset_no: str
    manager: str
    dean: str
    like: str = ""
    percent: int = 115
    summary: str = "液氦、耗材与维保价格上涨，按实际成本调整。"
    function: str = ""
    panel: Panel = field(default_factory=Panel)
    first: tuple[Vote, ...] = ()
    second: tuple[Vote, ...] = ()
    discussion: str = ""
    objections: tuple[tuple[str, str, str], ...] = ()
    not_open: bool = False


DRAFTS = (
    Review("draft", "QY000081", "teng", "wang", "FEE005", 220, "拟与场发射扫描电镜统一标准。"),
    Review("draft_wrong", "QY000036", "ning", "zhao", "FEE007", 100, "首次申报。", "CryoEM-200"),
    # Its line of the price list is not approved with the others: core-hours are counted by the scheduler and
    # are no hours of an instrument. Who opens the draft reads that at the unit and answers it to send it.
    Review("draft", "QY000018", "hua", "cen", "FEE029", 100, "按核时收费，首次申报。"),
)

OPEN = (
    Review("explain", "QY000027", "ning", "zhao", "FEE016", 100, "首次申报，含校外价格。", "Orbitrap"),
    Review("explain", "QY000026", "ning", "zhao", "FEE019", 100, "首次申报，含校外价格。", "STED"),
    Review("blocked", "QY000030", "ning", "zhao", "FEE021", 100, "首次申报。", "Liquid-handling"),
    Review("sent_back", "QY000029", "ning", "zhao", "FEE023", 100, "首次申报。", "HCS"),
    Review("department", "QY000002", "teng", "wang", "FEE006"),
    Review("department", "QY000021", "ning", "zhao", "FEE021", 120, "鞘液与微球涨价两成。"),
    Review("finance", "QY000006", "teng", "wang", "FEE010", 120, "靶材更换周期缩短，耗材上升。"),
    Review("finance", "QY000022", "ning", "zhao", "FEE022"),
    Review("forming", "QY000013", "hua", "cen", "FEE030", 120, "氩气价格上涨。"),
    Review("forming", "QY000023", "ning", "zhao", "FEE023", 112),
    Review(
        "invitations",
        "QY000012",
        "hua",
        "cen",
        "FEE016",
        panel=Panel(("su", "tan", "bai"), ("ma", "jiang")),
    ),
    Review(
        "invitations",
        "QY000025",
        "ning",
        "zhao",
        "FEE020",
        120,
        panel=Panel(("qiu", "jiang", "luo"), ("ma",)),
    ),
    Review(
        "experts",
        "QY000011",
        "hua",
        "cen",
        "FEE015",
        panel=Panel(("ma", "qiu", "tan"), ("bai",), familiarity=0),
        summary="低温探头维护费与液氦费上涨，代测人工按现行岗位标准计。",
    ),
    Review(
        "experts",
        "QY000008",
        "hua",
        "cen",
        "FEE012",
        panel=Panel(("bai", "su", "jiang"), ("qiu",), familiarity=1),
    ),
    Review(
        "first",
        "QY000004",
        "teng",
        "wang",
        "FEE001",
        120,
        "场发射灯丝更换，维保合同到期后按年付费。",
        panel=Panel(("ma", "qiu", "tan", "luo", "su"), ("bai",)),
        first=(
            Vote("tan", "approve", "折旧和维保都有凭证，校内价仍只回收成本的四成。"),
            Vote("luo", "modify", "同类中位数低于申报价，涨幅宜减半。", 92),
        ),
    ),
    Review(
        "first",
        "QY000024",
        "teng",
        "zhao",
        "FEE019",
        130,
        panel=Panel(("jiang", "bai", "luo"), ("su",)),
        first=(Vote("jiang", "reject", "激光器尚在质保期内，维保费不应计入。"),),
    ),
    Review(
        "second",
        "QY000016",
        "teng",
        "cen",
        "FEE002",
        118,
        panel=Panel(("ma", "tan", "bai"), ("su",)),
        first=(
            Vote("ma", "approve", "与场发射电镜A的差距由设备值解释。"),
            Vote("tan", "modify", "机时饱满，折旧摊薄后应低一成。", 90),
            Vote("bai", "modify", "耗材按招标价核减。", 95),
        ),
        discussion="会上比较了三种价格，多数意见认为申报价有依据，先就申报价表决。",
        second=(Vote("tan", "reject", "仍认为应低一成。"),),
    ),
    Review(
        "second",
        "QY000009",
        "teng",
        "cen",
        "FEE013",
        125,
        "液氦价格翻番。",
        panel=Panel(("su", "tan", "jiang"), ("qiu",)),
        first=(
            Vote("su", "approve", "液氦发票齐全。"),
            Vote("tan", "reject", "已有氦回收装置，成本未见下降。"),
            Vote("jiang", "modify", "认可上涨，但幅度偏大。", 90),
        ),
        discussion="机组补充了氦回收率，就申报价再行表决。",
        second=(Vote("su", "approve", "回收率的说明可信。"),),
    ),
    Review(
        "discussion",
        "QY000005",
        "teng",
        "wang",
        "FEE001",
        100,
        "首次申报。",
        "FIB",
        panel=Panel(("qiu", "luo", "jiang"), ("su",)),
        first=(
            Vote("qiu", "approve", "离子源与镓耗材有采购凭证。"),
            Vote("luo", "modify", "维保按合同价核减。", 94),
            Vote("jiang", "modify", "校内价可再低一成。", 90),
        ),
    ),
    Review(
        "discussion",
        "QY000037",
        "ning",
        "zhao",
        "FEE010",
        100,
        "首次申报。",
        "XRD-SC",
        panel=Panel(("jiang", "qiu", "luo"), ("tan",)),
        first=(
            Vote("jiang", "modify", "数据处理人工偏高。", 88),
            Vote("qiu", "reject", "单晶与粉末不宜同价，应补充依据。"),
            Vote("luo", "approve", "按样计价，成本清楚。"),
        ),
    ),
    Review(
        "tie",
        "QY000003",
        "teng",
        "wang",
        "FEE007",
        115,
        panel=Panel(("qiu", "bai", "su"), ("jiang",)),
        first=(
            Vote("qiu", "approve", "低于同城两校公布的价格。"),
            Vote("bai", "reject", "使用满十年，折旧已提足。"),
            Vote("su", "modify", "折旧可计一半。", 92),
        ),
        discussion="折旧是否继续计提意见不一，就申报价表决。",
        second=(
            Vote("qiu", "approve", "条例允许按剩余年限计提。"),
            Vote("bai", "reject", "折旧已提足，不应再收。"),
            Vote("su", "abstain", "两种算法都有依据。"),
        ),
    ),
    Review(
        "tie",
        "QY000035",
        "ning",
        "zhao",
        "FEE009",
        110,
        panel=Panel(("tan", "luo", "jiang"), ("ma",)),
        first=(
            Vote("tan", "reject", "整日计价对短样品不公平。"),
            Vote("luo", "approve", "与国内冷冻电镜中心持平。"),
            Vote("jiang", "abstain", "需要机时分布数据。"),
        ),
        discussion="机组说明半日样品不足一成，就申报价表决。",
        second=(
            Vote("tan", "reject", "应另设半日价。"),
            Vote("luo", "approve", "整日计价符合实际占用。"),
            Vote("jiang", "abstain", "数据仍不充分。"),
        ),
    ),
    Review(
        "modified",
        "QY000001",
        "teng",
        "wang",
        "FEE008",
        125,
        panel=Panel(("ma", "qiu", "bai"), ("su",)),
        first=(
            Vote("ma", "modify", "人工按一名专职计，应下调。", 90),
            Vote("bai", "approve", "设备值高，申报价合理。"),
            Vote("qiu", "modify", "同意主任委员的核算。", 90),
        ),
    ),
    Review(
        "modified",
        "QY000010",
        "hua",
        "cen",
        "FEE014",
        130,
        panel=Panel(("su", "jiang", "tan"), ("bai",)),
        first=(
            Vote("su", "modify", "三成涨幅过大，宜一成半。", 88),
            Vote("jiang", "modify", "同上。", 88),
        ),
    ),
    Review(
        "notice",
        "QY000082",
        "ning",
        "zhao",
        "FEE019",
        100,
        "首次申报。",
        "Two-photon",
        panel=Panel(("qiu", "tan", "su"), ("bai",)),
        first=(
            Vote("qiu", "approve", "成本表完整。"),
            Vote("tan", "approve", "校内价回收率与共聚焦一致。"),
        ),
        objections=(("mei", "飞秒激光器由课题组捐赠，不应计入设备折旧。", ""),),
    ),
    Review(
        "notice",
        "QY000039",
        "ning",
        "zhao",
        "FEE023",
        100,
        "首次申报。",
        "AUC",
        panel=Panel(("ma", "bai", "luo"), ("tan",)),
        first=(
            Vote("ma", "approve", "同意。转头折旧有清单。"),
            Vote("luo", "reject", "代测人工偏高。"),
            Vote("bai", "approve", "人工时长与标准操作规程一致。"),
        ),
        objections=(
            (
                "alice",
                "校外价公布得太晚，来不及列入预算。",
                "生效日期在公示结束之后，已开始的任务按旧办法执行。",
            ),
            ("erik", "校外学术价高于同城其他学校。", ""),
        ),
    ),
    Review("not_open", "QY000017", "hua", "cen", summary="仅用于本科分析化学实验教学。", not_open=True),
)

BEFORE = (
    Review(
        "in_force",
        "QY000007",
        "teng",
        "wang",
        "FEE004",
        100,
        "首次申报。",
        "AFM",
        panel=Panel(("ma", "tan", "luo"), ("bai",)),
        first=(Vote("ma", "approve", "首次申报，成本依据充分。"), Vote("tan", "approve", "同意。")),
    ),
    Review(
        "in_force",
        "QY000015",
        "hua",
        "cen",
        "FEE002",
        100,
        "首次申报。",
        "Raman",
        panel=Panel(("qiu", "su", "jiang"), ("bai",)),
        first=(
            Vote("qiu", "approve", "价格低于同类。"),
            Vote("su", "reject", "应按激发波长分别计价。"),
            Vote("jiang", "approve", "先行试用一年再细分。"),
        ),
        objections=(("bob", "学生训练机时也要付费吗？", "培训机时不计费，见收费条款。"),),
    ),
    Review(
        "rejected",
        "QY000080",
        "hua",
        "cen",
        "FEE017",
        180,
        panel=Panel(("su", "bai", "tan"), ("jiang",)),
        function="HRMS",
        first=(
            Vote("su", "reject", "校内价超过全成本的六成，理由不足。"),
            Vote("bai", "reject", "人工重复计算。"),
        ),
    ),
    Review("refused", "QY000028", "ning", "zhao", "FEE021", 100, "首次申报。", "SPR"),
    Review(
        "in_force",
        "QY000031",
        "ning",
        "zhao",
        summary="仅用于本科生态学实验教学，无空余机时。",
        panel=Panel(("ma", "luo", "tan"), ("bai",)),
        first=(Vote("ma", "approve", "教学排满，同意。"), Vote("luo", "approve", "一年后复核。")),
        not_open=True,
    ),
    Review(
        "issue",
        "QY000014",
        "hua",
        "cen",
        "FEE005",
        100,
        "首次申报。",
        "FTIR",
        panel=Panel(("qiu", "bai", "jiang"), ("su",)),
        first=(Vote("qiu", "approve", "成本低，价格适当。"), Vote("jiang", "approve", "同意。")),
    ),
    Review(
        "issue",
        "QY000038",
        "ning",
        "zhao",
        "FEE021",
        100,
        "首次申报。",
        "ITC",
        panel=Panel(("ma", "su", "luo"), ("tan",)),
        first=(Vote("su", "approve", "常规设备，成本清楚。"), Vote("luo", "approve", "同意。")),
    ),
)
