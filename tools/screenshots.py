"""Take the README's pictures from the running demo (截图): the main pages, and two of them on a phone.

Starts ``minzheng demo`` on the node of MINZHENG_HOME and stops it when done. Writes docs/pictures/*.png.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from ensure_browser import ARGUMENTS, find_browser, install

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
WAIT_S = 600
LARGEST = 250 * 1024
SIZE = {"width": 1366, "height": 820}
PHONE = {"width": 390, "height": 844}
# Pages of every node of the demo; what the demo points at comes from what it says at its start.
PAGES = {
    "home": "/",
    "standards": "/standards/",
    "catalogue": "/resources/",
    "feeds": "/resources/feeds/",
    "signals": "/signals/",
    "quality": "/quality/",
    "review": "/review/",
}
ON_A_PHONE = ("home", "signals")


def main() -> int:
    """Exit code 0 if every picture was taken and is small enough."""
    browser = find_browser() or (install(), find_browser())[1]
    if not browser:
        print("no Chromium: no pictures taken (没有浏览器)")
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        command = [str(Path(sys.executable).parent / "minzheng"), "demo"]
        demo = subprocess.Popen(command, stdout=said, env=os.environ | {"PYTHONUNBUFFERED": "1"})
        try:
            text = _wait(demo, said.fileno())
            taken = _take(browser, text)
        finally:
            demo.terminate()
            demo.wait(30)
    for path in taken:
        size = path.stat().st_size
        print(f"{path.relative_to(ROOT)}  {size // 1024} KB{'  too large' if size > LARGEST else ''}")
    return int(any(path.stat().st_size > LARGEST for path in taken))


def _wait(demo: subprocess.Popen[bytes], said: int) -> str:
    deadline, text = time.monotonic() + WAIT_S, ""
    while time.monotonic() < deadline:
        text = os.pread(said, 1 << 20, 0).decode("utf-8", "ignore")
        if "可以先看" in text and "按 Ctrl-C 停止" in text:
            return text
        if demo.poll() is not None:
            break
        time.sleep(0.5)
    raise SystemExit(f"{text.strip()}\nthe demo did not come up (演示节点没有启动)")


def _take(browser: str, said: str) -> list[Path]:
    address = re.search(r"网页地址 +(http\S+)", said)[1].rstrip("/")
    password = re.search(r"province +(\S+)", said)[1]
    shown = PAGES | {
        "person": re.search(r"http\S+(/persons/\S+)", said)[1],
        "batch": re.search(r"http\S+(/batches/\S+)", said)[1],
        "due": re.search(r"http\S+(/standards/time-limits/\S+)", said)[1],
    }
    with sync_playwright() as playwright:
        env = os.environ | {"LANGUAGE": "zh_CN"}  # dates as a Chinese browser writes them
        chromium = playwright.chromium.launch(executable_path=browser, args=ARGUMENTS, env=env)
        page = chromium.new_context(base_url=address, locale="zh-CN", viewport=SIZE).new_page()
        _log_in(page, password)
        taken = [_picture(page, name, place) for name, place in shown.items()]
        taken.append(_search(page))
        page.set_viewport_size(PHONE)
        taken += [_picture(page, f"{name}-phone", PAGES[name]) for name in ON_A_PHONE]
        chromium.close()
    return taken


def _log_in(page: Page, password: str) -> None:
    page.goto("/login/")
    page.get_by_label("用户名").fill("province")
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/")


def _picture(page: Page, name: str, place: str) -> Path:
    page.goto(place)
    return _taken(page, name)


def _search(page: Page) -> Path:
    """A name by its pinyin."""
    page.goto("/")
    page.locator("#search-all").fill("wangxiao")
    page.locator("#search-all").press("Enter")
    page.wait_for_url("**/search/**")
    return _taken(page, "search")


def _taken(page: Page, name: str) -> Path:
    path = PICTURES / f"{name}.png"
    page.wait_for_load_state("load")
    page.wait_for_timeout(800)  # a part that asks again by itself never lets the network rest
    page.screenshot(path=path)
    return path


if __name__ == "__main__":
    sys.exit(main())
