"""The rules of alarms (告警规则): data, which a node may set otherwise in ``alarms.toml`` of its home.

[silence]
raise_at = 600
for_s = 120
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

MINUTE, DAY = 60, 86_400


class RuleError(ValueError):
    """Rules that cannot hold, said in Chinese (规则有误)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One quantity and its limits (规则): raised beyond ``raise_at`` for ``for_s`` seconds, cleared within ``clear_at`` for
    ``clear_for_s``. Between the two limits nothing changes. ``below``: small is bad. ``unit``: how a value is said.
    """

    key: str
    name: str
    raise_at: float
    clear_at: float
    for_s: int = 0
    clear_for_s: int = 5 * MINUTE
    below: bool = False
    unit: str = ""
    advice: str = ""

    def beyond(self, value: float) -> bool:
        """Whether a value is beyond the limit (越限)."""
        return value <= self.raise_at if self.below else value >= self.raise_at

    def within(self, value: float) -> bool:
        """Whether a value is safely back (恢复)."""
        return value >= self.clear_at if self.below else value <= self.clear_at

    def worse(self, one: float, other: float) -> float:
        """The worse of two values."""
        return min(one, other) if self.below else max(one, other)


RULES = (
    Rule(
        "lag", "交换滞后", 900, 300, for_s=3 * MINUTE, unit="秒", advice="查看该流的批次和对方节点是否在运行"
    ),
    Rule(
        "backlog", "积压过多", 200_000, 50_000, for_s=10 * MINUTE, unit="条", advice="查看对方节点是否在取数"
    ),
    Rule("stopped", "因拒收而停", 1, 0, clear_for_s=0, advice="按拒收原因处理后, 发送方重新给出这一批"),
    Rule("silence", "对方失联", 300, 120, for_s=MINUTE, unit="秒", advice="在“链路诊断”中逐步检查"),
    Rule("clock", "时钟不一致", 30, 5, for_s=3 * MINUTE, unit="秒", advice="核对双方的时间同步服务"),
    Rule(
        "certificate",
        "证书临期",
        30,
        60,
        below=True,
        clear_for_s=0,
        unit="天",
        advice="重新生成名片, 交省级节点登记",
    ),
    Rule(
        "refusals",
        "调用被拒过多",
        20,
        2,
        for_s=2 * MINUTE,
        clear_for_s=15 * MINUTE,
        unit="次/分",
        advice="查看使用记录",
    ),
    Rule(
        "disk",
        "磁盘将满",
        10,
        15,
        below=True,
        for_s=2 * MINUTE,
        unit="%",
        advice="清理或扩充数据目录所在磁盘",
    ),
    Rule("store", "批体存放过多", 20 * 1024, 16 * 1024, for_s=MINUTE, unit="MB", advice="核对批体的保存期限"),
)


def rules() -> dict[str, Rule]:
    """The rules as they hold on this node (现行规则). Raises ``RuleError``."""
    found = {rule.key: rule for rule in RULES}
    path = Path(settings.HOME) / "alarms.toml"
    if not path.exists():
        return found
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"alarms.toml 读不懂: {error}") from error
    for key, values in said.items():
        if key not in found or not isinstance(values, dict):
            raise RuleError(f"alarms.toml 中没有名为 {key} 的规则")
        found[key] = _set(found[key], values)
    return found


def _set(rule: Rule, values: dict[str, Any]) -> Rule:
    unknown = set(values) - {"raise_at", "clear_at", "for_s", "clear_for_s"}
    if unknown or not all(isinstance(value, int | float) and value >= 0 for value in values.values()):
        raise RuleError(f"alarms.toml 中 {rule.key} 的设置不对")
    done = replace(rule, **values)
    if done.within(done.raise_at):
        raise RuleError(f"alarms.toml 中 {rule.key} 的恢复限与告警限之间没有余地")
    return done
