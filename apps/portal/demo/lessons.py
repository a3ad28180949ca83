# ruff: noqa: RUF001  # the full-width punctuation is Chinese and meant
"""What is taught at the demonstration school: the safety exam of everybody, and the courses of two
instruments with their questions and rubrics.
"""

from datetime import datetime

from apps.instruments.models import Instrument
from apps.training.assessing import Line, publish_rubric
from apps.training.courses import Terms, create_course, publish_version
from apps.training.models import Course, Question, Rubric, Topic
from apps.training.questions import create_topic, write_question
from apps.training.wordings import Option, Wording

Words = tuple[str, str]
# topic: question, right answer, wrong answers; each in Chinese and English.
QUESTIONS: dict[str, tuple[tuple[Words, Words, tuple[Words, ...]], ...]] = {
    "SAFETY": (
        (
            ("闻到刺激性气味时，首先应当", "You smell something irritating. What comes first?"),
            ("撤离并报告", "Leave and report"),
            (("继续实验", "Go on working"), ("自行查找泄漏点", "Look for the leak alone")),
        ),
        (
            ("夜间单独使用大型仪器", "To use a large instrument alone at night"),
            ("须有夜间授权和同伴", "needs an endorsement and a buddy"),
            (("随时都可以", "is always allowed"), ("只需告诉同学", "only needs a word to a friend")),
        ),
        (
            ("液氮洒到手套上，应当", "Liquid nitrogen gets onto your glove. You"),
            ("立即脱下手套", "take the glove off at once"),
            (("等它蒸发", "wait until it is gone"), ("握紧拳头", "clench your fist")),
        ),
        (
            ("废液应当倒入", "Waste solvent goes into"),
            ("相应的废液桶", "the container for it"),
            (("水槽", "the sink"), ("普通垃圾桶", "the waste bin")),
        ),
        (
            ("仪器报警而你不明白原因时", "The instrument raises an alarm that you do not understand. You"),
            ("停止并叫管理员", "stop and call the crew"),
            (("复位后继续", "reset it and go on"), ("关掉报警", "switch the alarm off")),
        ),
    ),
    "SEM": (
        (
            ("装样前样品必须", "Before it is loaded, a sample must be"),
            ("干燥、导电、固定牢", "dry, conductive and firmly fixed"),
            (("湿润", "wet"), ("涂油", "oiled")),
        ),
        (
            ("样品台升得过高会", "A stage that is raised too far"),
            ("撞坏极靴", "hits the pole piece"),
            (("提高亮度", "makes the picture brighter"), ("没有影响", "does no harm")),
        ),
        (
            ("磁性粉末样品", "Magnetic powder"),
            ("先问管理员", "is asked about first"),
            (("可以直接放入", "may be loaded as it is"), ("可以多放一些", "may be loaded in plenty")),
        ),
        (
            ("图像漂移多半因为", "A picture that drifts is mostly caused by"),
            ("样品没有固定或荷电", "a loose or charging sample"),
            (("显示器太暗", "a dark screen"), ("放大倍数太低", "a low magnification")),
        ),
        (
            ("离开前应当", "Before you leave you"),
            ("关高压并登记", "switch the high voltage off and sign out"),
            (("保持高压", "leave the high voltage on"), ("关掉真空", "switch the vacuum off")),
        ),
    ),
    "CLSM": (
        (
            ("激光打开时", "While the laser is on"),
            ("不直视光路", "nobody looks into the beam"),
            (("可以取下护罩", "the cover may be removed"), ("用镜子检查", "it is checked with a mirror")),
        ),
        (
            ("油镜用完后", "After use, an oil objective is"),
            ("用镜头纸擦净", "cleaned with lens paper"),
            (("用水冲", "rinsed with water"), ("不用管", "left as it is")),
        ),
        (
            ("荧光很弱时首先", "The signal is weak. First you"),
            ("检查滤光片和增益", "check filters and gain"),
            (("把激光开到最大", "set the laser to its maximum"), ("敲击物镜", "tap the objective")),
        ),
        (
            ("活细胞样品属于", "Living cells are"),
            ("需申报的生物样品", "biological samples that are declared"),
            (("普通样品", "ordinary samples"), ("危险气体", "dangerous gases")),
        ),
    ),
}
RUBRIC = (
    Line(
        text_zh="正确装样，不碰极靴或物镜",
        text_en="Loads the sample without touching the lens",
        critical=True,
    ),
    Line(text_zh="按规程开关机", text_en="Starts and shuts down by the rules", critical=True),
    Line(
        text_zh="得到清晰的图像", text_en="Gets a sharp picture", kind="score", max_points=10, pass_points=6
    ),
    Line(text_zh="整理台面并登记", text_en="Leaves a tidy desk and signs out"),
)


COURSES = (  # code, topic, asset number, names
    ("SEM-BASIC", "SEM", "QY000004", ("场发射扫描电镜基础培训", "FE-SEM basic training")),
    ("CFE-BASIC", "SEM", "QY000016", ("冷场扫描电镜基础培训", "Cold FE-SEM basic training")),
    ("CLSM-BASIC", "CLSM", "QY000024", ("激光共聚焦显微镜基础培训", "Confocal microscope basic training")),
)


def teach(*, now: datetime) -> dict[str, Course]:
    """The courses by code, given from `now` on; the rubrics of their instruments."""
    topics = {code: _bank(code, now) for code in QUESTIONS}
    courses = {
        "SAFETY": _course("SAFETY", ("实验室安全准入", "Laboratory safety"), topics["SAFETY"], None, now)
    }
    for code, topic, asset_no, names in COURSES:
        instrument = Instrument.objects.get(asset_no=asset_no)
        courses[code] = _course(code, names, topics[topic], instrument, now)
        publish_rubric(instrument=instrument, lines=RUBRIC, pass_mark=70, by=None, now=now)
    return courses


def rubric_of(course: Course) -> Rubric:
    """The rubric of a course's instrument."""
    return Rubric.objects.get(instrument=course.instrument)


def _course(code: str, names: Words, topic: Topic, instrument: Instrument | None, now: datetime) -> Course:
    course = create_course(
        code=code,
        kind=Course.Kind.INSTRUMENT if instrument else Course.Kind.SAFETY,
        name_zh=names[0],
        name_en=names[1],
        level="basic" if instrument else "",
        instrument=instrument,
        by=None,
        now=now,
    )
    days = 730 if instrument else 365
    terms = Terms(shares={topic: 4}, pass_mark=75, time_limit_minutes=20, validity_days=days)
    publish_version(course=course, terms=terms, valid_from=now, by=None, now=now)
    return course


def _bank(code: str, now: datetime) -> Topic:
    names = {
        "SAFETY": ("实验室安全", "Laboratory safety"),
        "SEM": ("扫描电镜", "Scanning electron microscopy"),
    }
    zh, en = names.get(code, ("共聚焦显微镜", "Confocal microscopy"))
    topic = create_topic(code=code, name_zh=zh, name_en=en, facility=None, by=None, now=now)
    for number, (text, right, wrong) in enumerate(QUESTIONS[code], 1):
        answers = [right, *wrong]
        answers = answers[number % len(answers) :] + answers[: number % len(answers)]  # not always the first
        options = tuple(Option("ABC"[place], *words) for place, words in enumerate(answers))
        write_question(
            wording=Wording(
                code=f"{code}-{number:02d}",
                topic=code,
                kind=Question.Kind.SINGLE,
                text_zh=text[0],
                text_en=text[1],
                options=options,
                correct=("ABC"[answers.index(right)],),
            ),
            by=None,
            now=now,
        )
    return topic
