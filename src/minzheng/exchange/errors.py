"""What the engine says when it can't take something (接收错误)."""


class FileRefusedError(ValueError):
    """The whole file is refused before anything is written; the message is the reason in Chinese (文件退回)."""


class SourceError(ValueError):
    """A source's database can't be read, or what is said of it does not hold; one line in Chinese (来源库不可用)."""


class IntakeError(SourceError):
    """A source can't be fetched, or its settings do not hold; one sentence in Chinese, no secret in it (接入失败).

    ``after``: seconds the other side asks us to stay away.
    """

    def __init__(self, said: str, *, after: float = 0) -> None:
        super().__init__(said)
        self.after = after


class UnconfirmedError(IntakeError):
    """Something of the other side must first be confirmed by an officer, such as its host key (待确认).

    ``field``: the setting that will hold ``value``; ``shown``: what the officer compares, a fingerprint.
    """

    def __init__(self, said: str, *, field: str, value: str, shown: str) -> None:
        super().__init__(said)
        self.field, self.value, self.shown = field, value, shown
