"""Take the README's pictures from the running demo (截图): home, a person, a batch, the standards.

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
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        text = os.pread(said, 1 << 20, 0).decode("utf-8", "ignore")
        if "可以先看" in text and "按 Ctrl-C 停止" in text:
            return text
        if demo.poll() is not None:
            break
        time.sleep(0.5)
    raise SystemExit("the demo did not come up")


def _take(browser: str, said: str) -> list[Path]:
    address = re.search(r"网页地址 +(http\S+)", said)[1].rstrip("/")
    password = re.search(r"province +(\S+)", said)[1]
    person = re.search(r"http\S+(/persons/\S+)", said)[1]
    batch = re.search(r"http\S+(/batches/\S+)", said)[1]
    due = re.search(r"http\S+(/standards/time-limits/\S+)", said)[1]
    with sync_playwright() as playwright:
        env = os.environ | {"LANGUAGE": "zh_CN"}  # dates as a Chinese browser writes them
        chromium = playwright.chromium.launch(executable_path=browser, args=ARGUMENTS, env=env)
        page = chromium.new_context(base_url=address, locale="zh-CN", viewport=SIZE).new_page()
        _log_in(page, password)
        places = {"home": "/", "person": person, "batch": batch, "standards": "/standards/", "due": due}
        taken = [_picture(page, name, place) for name, place in places.items()]
        chromium.close()
    return taken


def _log_in(page: Page, password: str) -> None:
    page.goto("/login/")
    page.get_by_label("用户名").fill("province")
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/")


def _picture(page: Page, name: str, place: str) -> Path:
    path = PICTURES / f"{name}.png"
    page.goto(place)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    return path


if __name__ == "__main__":
    sys.exit(main())
