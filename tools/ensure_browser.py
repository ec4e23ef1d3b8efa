"""Find a Chromium for the browser tests (找浏览器); on Debian as root, install one. Never fails the run.

``CHROMIUM`` names one; otherwise the usual names on PATH are tried.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_browser() -> str | None:
    """Path of a Chromium that can be started, or None (浏览器路径)."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> str:
    """Install by apt-get; returns why it could not be done, empty if it was (安装)."""
    if not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        return "not a Debian system"
    if os.geteuid() != 0:
        return "not root"
    print("installing a browser for the browser tests (安装测试用浏览器) …", flush=True)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        try:
            done = subprocess.run(
                ["apt-get", "-qq", *command], env=env, capture_output=True, text=True, timeout=600
            )
        except subprocess.TimeoutExpired:
            return f"apt-get {command[0]} took more than ten minutes"
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
            return f"apt-get {command[0]}: {last}"
    return ""


def main() -> int:
    """One line if the browser tests will be skipped, silence otherwise."""
    if find_browser():
        return 0
    why = install()
    if not find_browser():
        print(f"no Chromium ({why or 'gone'}): browser tests will be skipped (跳过浏览器测试)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
