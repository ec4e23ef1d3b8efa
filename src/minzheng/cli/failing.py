"""One clear line for every failure (失败说明)."""

import errno
import re

import click

HAN = re.compile(r"[\u4e00-\u9fff]")
DATABASE = ("OperationalError", "InterfaceError", "AdminShutdown", "InternalError")


def usage_line(error: click.UsageError) -> str:
    """What is wrong with how a command was called, in Chinese (用法错误)."""
    hint = f", 用法见 {error.ctx.command_path} --help" if error.ctx else ""
    if isinstance(error, click.MissingParameter):
        return f"缺少参数 {_named(error)}{hint}"
    if isinstance(error, click.NoSuchOption):
        return f"没有选项 {error.option_name}{hint}"
    if isinstance(error, click.BadParameter):
        return f"参数 {_named(error)} 不对: {_reason(error.message)}{hint}"
    found = re.fullmatch(r"No such command ['\"](.+)['\"]\.?.*", error.message or "", re.DOTALL)
    if found:
        return f"没有命令 {found[1]}{hint}"
    if (error.message or "").startswith("Got unexpected extra argument"):
        return f"多余的参数: {error.message.partition('(')[2].rstrip(')')}{hint}"
    return f"{error.format_message()}{hint}"


def line_of(error: BaseException) -> str:
    """What went wrong, and what to do where that is known (运行错误)."""
    text = " ".join(str(error).split())
    kind = type(error).__name__
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "磁盘空间不足; 腾出空间后用 minzheng resume 继续"
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return "文件大小超过系统限制; 调整限制后用 minzheng resume 继续"
    if "No space left" in text:
        return "磁盘空间不足; 腾出空间后用 minzheng resume 继续"
    if kind in DATABASE and not HAN.search(text):
        return f"数据库连接不上或已中断; 恢复后用 minzheng resume 继续 ({text[:160]})"
    if HAN.search(text):
        return text
    return f"{kind}: {text[:200]}"


def _named(error: click.BadParameter) -> str:
    if error.param_hint:
        return str(error.param_hint)
    return error.param.human_readable_name if error.param else ""


def _reason(message: str) -> str:
    """Click's commonest reasons; any other is passed on."""
    for pattern, said in (
        (r"(?:File|Path|Directory) '(.*)' does not exist\.?", "文件 {0} 不存在"),
        (r"(?:File|Path) '(.*)' is a directory\.?", "{0} 是目录, 不是文件"),
        (r"(?:File|Path) '(.*)' is not readable\.?", "文件 {0} 不可读"),
        (r"'(.*)' is not a valid integer\.?", "{0} 不是整数"),
        (r"'(.*)' does not match the format(?:s)? (.*)\.", "{0} 不是日期 (应为 {1})"),
    ):
        found = re.fullmatch(pattern, message)
        if found:
            return said.format(*found.groups())
    return message
