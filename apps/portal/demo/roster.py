# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""Who is at the demonstration school and what each card is there to show. Data only."""

from dataclasses import dataclass

MAIL_DOMAIN = "qingyu.example"  # nobody's, by the rules of the domain names
PASSWORD = "Qingyu-demo-2026"  # noqa: S105  # printed by the command, refused outside a demo


@dataclass(frozen=True)
class Person:
    """One invented person; `unit` is the code of their unit, `role` what the sign-in page says about them, in
    English and in Chinese.
    """

    login: str
    name_zh: str
    name_en: str
    kind: str
    unit: str
    role: str
    role_zh: str


@dataclass(frozen=True)
class DemoCard:
    """One card with a known UID; `login` is empty for a card that nobody registered."""

    uid: str
    login: str
    shows_zh: str
    shows_en: str


PEOPLE = (
    Person("office", "欧阳岚", "Lan Ouyang", "staff", "QYU", "equipment office", "设备处"),
    Person("finance", "方慎之", "Shenzhi Fang", "staff", "QYU", "finance clerk", "财务人员"),
    Person("facility", "林主任", "Director Lin", "staff", "MSE-MCC", "facility manager", "平台负责人"),
    Person(
        "teng", "滕老师", "Teng", "staff", "MSE-MCC", "trainer and instrument manager", "培训员、仪器负责人"
    ),
    Person("olga", "欧丽佳", "Olga", "staff", "MSE-MCC", "instrument operator", "仪器操作员"),
    Person(
        "wang",
        "王教授",
        "Professor Wang",
        "staff",
        "MSE",
        "principal investigator, dean of Materials",
        "课题组负责人、材料学院院长",
    ),
    Person(
        "zhao",
        "赵教授",
        "Professor Zhao",
        "staff",
        "LIFE",
        "principal investigator, dean of Life Sciences",
        "课题组负责人、生命科学学院院长",
    ),
    Person("alice", "艾丽", "Alice", "student", "MSE", "student, cleared", "学生，已持证"),
    Person("bob", "包博", "Bob", "student", "MSE", "student without a certificate", "学生，未持证"),
    Person("dai", "戴维", "Dai Wei", "student", "MSE", "student, suspended", "学生，账户暂停"),
    Person("gao", "高原", "Gao Yuan", "student", "LIFE", "student, certificate expired", "学生，操作证过期"),
    Person("mei", "梅雨", "Mei Yu", "student", "LIFE", "student, cleared", "学生，已持证"),
    Person("erik", "埃里克", "Erik", "external_academic", "", "external academic user", "校外学术用户"),
    Person("charlie", "查理", "Charlie", "enterprise", "", "enterprise user", "企业用户"),
    Person("he", "贺处长", "Director He", "staff", "QYU", "head of the equipment office", "设备处处长"),
    Person("cen", "岑院长", "Dean Cen", "staff", "CHEM", "dean of Chemistry", "化学学院院长"),
    Person(
        "hua",
        "华工",
        "Engineer Hua",
        "staff",
        "CHEM-CTC",
        "instrument manager in Chemistry",
        "化学学院仪器负责人",
    ),
    Person(
        "ning",
        "宁老师",
        "Ning",
        "staff",
        "LIFE-LSP",
        "instrument manager in Life Sciences",
        "生命科学学院仪器负责人",
    ),
    Person(
        "ma", "马远山", "Ma Yuanshan", "staff", "PHY", "fee committee, chair", "收费标准审核委员会主任委员"
    ),
    Person(
        "qiu",
        "邱敏",
        "Qiu Min",
        "staff",
        "EEI",
        "fee committee, deputy chair",
        "收费标准审核委员会副主任委员",
    ),
    Person("su", "苏韵", "Su Yun", "staff", "PHA", "fee committee, member", "收费标准审核委员会委员"),
    Person("tan", "谭力", "Tan Li", "staff", "MAE", "fee committee, member", "收费标准审核委员会委员"),
    Person("bai", "白桦", "Bai Hua", "staff", "HYD", "fee committee, member", "收费标准审核委员会委员"),
    Person("jiang", "江澈", "Jiang Che", "staff", "MED", "fee committee, member", "收费标准审核委员会委员"),
    Person(
        "luo",
        "罗青",
        "Luo Qing",
        "staff",
        "CHEM",
        "fee committee, member from Chemistry",
        "收费标准审核委员会委员（化学）",
    ),
    Person(
        "pei", "裴书宁", "Pei Shuning", "staff", "QYU", "fee committee, secretary", "收费标准审核委员会秘书"
    ),
)

COMMITTEE = (  # login, role; the chair, the deputy and the members vote, the secretary does not
    ("ma", "chair"),
    ("qiu", "deputy"),
    ("su", "member"),
    ("tan", "member"),
    ("bai", "member"),
    ("jiang", "member"),
    ("luo", "member"),
    ("pei", "secretary"),
)
MANAGERS = {  # login: asset numbers of the instruments that they manage besides those behind controllers
    "teng": ("QY000001", "QY000002", "QY000005", "QY000006", "QY000007", "QY000081"),
    "hua": (
        "QY000008",
        "QY000010",
        "QY000011",
        "QY000012",
        "QY000013",
        "QY000014",
        "QY000015",
        "QY000017",
        "QY000018",
        "QY000080",
    ),
    "ning": (
        *(
            "QY000021",
            "QY000022",
            "QY000023",
            "QY000025",
            "QY000026",
            "QY000027",
            "QY000028",
            "QY000029",
            "QY000030",
            "QY000031",
        ),
        *("QY000035", "QY000036", "QY000037", "QY000038", "QY000039", "QY000082"),
    ),
}
EXPERTISE = (  # login, six digits of a class, how well they know it (0 to 3), as they say themselves
    ("ma", "010100", 1),
    ("ma", "010300", 2),
    ("qiu", "010100", 1),
    ("su", "010200", 2),
    ("su", "011000", 1),
    ("tan", "010100", 2),
    ("tan", "010800", 1),
    ("bai", "010300", 1),
    ("jiang", "011000", 3),
    ("jiang", "010800", 2),
    ("luo", "010600", 3),
    ("luo", "010200", 3),
    ("luo", "010100", 1),
    # not of the committee: whom a panel may ask that does not know a class
    ("wang", "010600", 2),
    ("zhao", "010600", 3),
    ("zhao", "010200", 2),
    ("wang", "010400", 3),
)

CARDS = (
    DemoCard("04A1B2C3D4E5F6", "alice", "解锁场发射扫描电镜A", "unlocks the FE-SEM A"),
    DemoCard("0411223344", "bob", "没有操作证，被拒绝", "refused: no certificate"),
    DemoCard("0455667788", "dai", "账户被暂停，被拒绝", "refused: suspended"),
    DemoCard("0466778899", "gao", "操作证过期，被拒绝", "refused: certificate expired"),
    DemoCard("0477889900", "mei", "解锁激光共聚焦显微镜A", "unlocks the confocal microscope A"),
    DemoCard("04E11C0001", "erik", "按校外价使用400M核磁", "unlocks the 400 MHz NMR at the external price"),
    DemoCard("0499887766", "charlie", "多个条件同时不满足", "refused for several reasons at once"),
    DemoCard("04CAFE0001", "teng", "机组人员卡", "a crew member's card"),
    DemoCard("04DEAD0001", "alice", "挂失的旧卡，被拒绝", "refused: Alice's lost card, blocked"),
    DemoCard("04DEADBEEF", "", "未登记的卡，被拒绝", "refused: nobody's card"),
)

MACHINES = (  # controller, asset number
    ("qysem01", "QY000004"),
    ("qysem02", "QY000016"),
    ("qytem01", "QY000003"),
    ("qynmr01", "QY000009"),
    ("qyclsm01", "QY000024"),
    ("qyppms01", "QY000055"),
)

# login, asset number, level, days until it ends (negative: it ended so long ago)
CERTIFICATES = (
    ("alice", "QY000004", "basic", 300),
    ("alice", "QY000009", "basic", 200),
    ("alice", "QY000003", "advanced", 20),
    ("dai", "QY000004", "basic", 100),
    ("gao", "QY000024", "basic", -12),
    ("mei", "QY000024", "advanced", 250),
    ("mei", "QY000055", "advanced", 150),
    ("erik", "QY000009", "basic", 120),
    ("teng", "QY000004", "trainer", 700),
)
CLEARED = ("alice", "bob", "dai", "gao", "mei", "erik", "teng", "olga")
NIGHT = (("alice", "QY000004"), ("mei", "QY000024"), ("erik", "QY000009"))
NOW = (("alice", "QY000004"), ("mei", "QY000024"), ("erik", "QY000009"))  # whose booking runs at this moment
AHEAD = (  # login, asset number, days ahead, hour, length in hours
    ("alice", "QY000004", 1, 14, 2),
    ("alice", "QY000009", 2, 9, 3),
    ("alice", "QY000003", 4, 10, 4),
    ("mei", "QY000024", 1, 9, 2),
    ("mei", "QY000055", 3, 9, 8),
    ("erik", "QY000009", 3, 13, 2),
)
PAST = (  # login, asset number, days ago, hour, minutes booked, minutes used, minutes of these busy
    ("alice", "QY000004", 33, 9, 120, 113, 101),
    ("mei", "QY000024", 31, 14, 120, 95, 80),
    ("erik", "QY000009", 30, 10, 180, 171, 166),
    ("alice", "QY000009", 27, 13, 60, 44, 44),
    ("mei", "QY000055", 24, 9, 480, 462, 455),
    ("alice", "QY000004", 20, 14, 180, 180, 150),
    ("alice", "QY000003", 17, 9, 240, 221, 190),
    ("mei", "QY000024", 15, 9, 120, 118, 97),
    ("erik", "QY000009", 13, 15, 120, 61, 60),
    ("alice", "QY000004", 10, 10, 120, 90, 66),
    ("mei", "QY000024", 9, 16, 60, 58, 41),
    ("alice", "QY000009", 6, 9, 120, 107, 99),
    ("mei", "QY000055", 5, 9, 240, 233, 233),
    ("alice", "QY000004", 3, 15, 120, 76, 52),
    ("erik", "QY000009", 2, 9, 120, 119, 110),
    ("mei", "QY000024", 2, 13, 120, 102, 88),
    ("alice", "QY000004", 1, 9, 60, 55, 48),
)
