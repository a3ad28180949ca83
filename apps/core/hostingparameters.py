"""The dated parameters of hosting: the check-list of the inspection, and the limits of what may be agreed."""

from apps.core.declaring import Parameter

CHECKLIST = (
    {
        "key": "works",
        "zh": "开机自检与典型测试正常",
        "en": "Starts, and a typical test succeeds",
        "critical": True,
    },
    {
        "key": "safety",
        "zh": "电气、气体、辐射等安全条件合格",
        "en": "Safe: electricity, gas, radiation",
        "critical": True,
    },
    {
        "key": "title",
        "zh": "资产权属与账物相符",
        "en": "It is the owner's, as the register says",
        "critical": True,
    },
    {"key": "accessories", "zh": "附件齐全", "en": "All accessories are there", "critical": False},
    {
        "key": "manuals",
        "zh": "说明书、软件许可与维修记录齐全",
        "en": "Manuals, licences and records",
        "critical": False,
    },
    {"key": "calibration", "zh": "计量校准在有效期内", "en": "Calibration is in date", "critical": False},
    {
        "key": "room",
        "zh": "拟安装场地满足水、电、气、环境要求",
        "en": "The new room suits it",
        "critical": True,
    },
    {
        "key": "customs",
        "zh": "海关监管手续允许移交",
        "en": "Customs supervision allows the move",
        "critical": False,
    },
)

HOSTING = (
    Parameter(
        "hosting.checklist",
        CHECKLIST,
        "What the host looks at before an instrument is taken in: key, words, whether it must be in order.",
    ),
    Parameter(
        "documents.word_hosting_agreement",
        "设备托管",
        "The agency's word that begins the numbers of agreements about hosting.",
    ),
    Parameter("hosting.inspect_days", 10, "Working days in which the host looks at an offered instrument."),
    Parameter("hosting.negotiate_days", 30, "Working days in which both sides agree to terms."),
    Parameter("hosting.sign_days", 10, "Working days in which each side signs."),
    Parameter(
        "hosting.opening_level",
        3,
        "Opening level to which an instrument is led after its handover; 0 leads it to none.",
    ),
    Parameter("hosting.handover_days", 20, "Working days for the handover and for its confirmation."),
    Parameter("hosting.review_days", 20, "Working days in which each side answers the yearly review."),
    Parameter(
        "hosting.renew_days",
        90,
        "So many days before the last one both sides are asked whether the agreement is renewed.",
    ),
    Parameter("hosting.cure_days", 30, "A side that breaches the agreement has so many days to mend it."),
    Parameter("hosting.owner_share_most", 400, "The owner gets at most so many per mille of the income."),
    Parameter("hosting.host_share_least", 300, "The host gets at least so many per mille of the income."),
    Parameter("hosting.owner_pays_least", 300, "The owner pays at least so many per mille of the price."),
    Parameter("hosting.priority_hours_most", 20, "The owner comes first for at most so many hours a week."),
    Parameter("hosting.exit_days_least", 30, "An agreement is given up at least so many days ahead."),
    Parameter("hosting.period_days_least", 365, "An agreement is made for at least so many days."),
    Parameter("hosting.insurance_from_fen", 200_000_000, "What has cost this much (fen) has to be insured."),
    Parameter("hosting.large_from_fen", 40_000_000, "Large instruments have cost at least this (fen)."),
    Parameter(
        "hosting.reviewed_from_fen",
        200_000_000,
        "Bought after a review for duplicates from this price (fen).",
    ),
)
