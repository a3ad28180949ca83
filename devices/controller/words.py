"""The controller's own sentences in both languages. It owns the defaults, which the signed configuration
may replace by code, and never explains a refusal: that is the server's to say."""

# ruff: noqa: RUF001 - Chinese punctuation is meant
from devices.protocol import Cfg, Text

DEFAULT: dict[str, Text] = {
    "wait": Text(zh="请稍候", en="One moment"),
    "granted": Text(zh="已开机", en="Unlocked"),
    "denied": Text(zh="未获准使用", en="Not permitted"),
    "no_answer": Text(zh="服务器无应答，保持锁定", en="No answer from the server, staying locked"),
    "second": Text(zh="请第二人刷卡", en="Second person, please present your card"),
    "second_missing": Text(zh="第二人未刷卡", en="The second person did not come"),
    "locked": Text(zh="已锁定", en="Locked"),
    "ending": Text(zh="使用即将结束", en="Your time ends soon"),
    "draining": Text(zh="正在安全收尾，不接受新的使用", en="Finishing safely, no new use"),
    "stopped": Text(
        zh="急停中（软件急停不是安全等级停机）", en="Stopped (the software stop is not safety-rated)"
    ),
    "override": Text(
        zh="手动钥匙开启，须在24小时内补记", en="Manual key: to be accounted for within 24 hours"
    ),
    "identify": Text(zh="我在这里", en="Here I am"),
    "fault": Text(zh="设备故障，已锁定", en="Fault, locked"),
}


def say(code: str, cfg: Cfg) -> Text:
    """The sentence for `code`, from the signed configuration when it has one."""
    for key, text in cfg.messages:
        if key == code:
            return text
    return DEFAULT[code]
