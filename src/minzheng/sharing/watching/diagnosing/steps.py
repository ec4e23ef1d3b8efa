"""The steps of a diagnosis and what is said in the end (诊断步骤)."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from minzheng.sharing.between import tls

SOON = datetime.timedelta(days=30)
FINE, WARN, BAD = "ok", "warn", "bad"


@dataclass(frozen=True, slots=True)
class Step:
    """One step and what came of it (步骤): ``tone`` ok, warn, bad, or empty where it was not reached."""

    name: str
    tone: str
    said: str


@dataclass(slots=True)
class Diagnosis:
    """All steps of one road (诊断): ``sentence`` what is wrong first and what to do, or that all is well."""

    code: str
    name: str
    above: bool
    steps: list[Step] = field(default_factory=list)
    sentence: str = ""
    tone: str = FINE

    def add(self, name: str, tone: str, said: str, advice: str = "") -> bool:
        """One more step; whether the next can be tried."""
        self.steps.append(Step(name, tone, said))
        worse = {FINE: 0, WARN: 1, BAD: 2}
        if tone and worse[tone] > worse[self.tone]:
            self.tone, self.sentence = tone, f"{said}{'; ' + advice if advice else ''}。"
        return tone != BAD

    def as_dict(self) -> dict[str, Any]:
        """For commands."""
        steps = [{"step": one.name, "result": one.tone, "said": one.said} for one in self.steps]
        return {
            "code": self.code, "name": self.name, "above": self.above, "ok": self.tone == FINE, "tone": self.tone,
            "sentence": self.sentence, "steps": steps,
        }  # fmt: skip


def lasts(found: Diagnosis, step: str, whose: str, certificate: str, now: datetime.datetime) -> bool:
    """How long a certificate still holds (证书有效期); whether the next step can be tried."""
    end = tls.ends_on(certificate)
    if end is None:
        return found.add(step, BAD, f"{whose}的证书读不出来", "请重新生成名片交省级节点登记")
    days = (end - now).days
    if end <= now:
        return found.add(
            step, BAD, f"{whose}的证书已于 {end:%Y-%m-%d} 到期", "请换发证书并交省级节点重新登记"
        )
    if end - now < SOON:
        return found.add(step, WARN, f"{whose}的证书还有 {days} 天到期", "请尽快换发并交省级节点重新登记")
    return found.add(step, FINE, f"有效至 {end:%Y-%m-%d}")
