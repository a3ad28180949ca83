"""The one error of the codec. It owns the dotted codes by which refused frames are counted and logged, and
never carries the refused bytes, so that a log line cannot leak a card or a key."""


class FrameError(ValueError):
    """A frame, topic or message was refused; nothing may be changed because of it.

    `code` is one of frame.too_large, frame.header, frame.version, frame.key_unknown, frame.signature,
    frame.utf8, frame.depth, frame.json, frame.member, frame.topic; `detail` names the member or limit, never
    its value.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
