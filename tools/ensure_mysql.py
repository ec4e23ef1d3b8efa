"""Find a MySQL or MariaDB server for tests of database sources; on Debian as root, install one.

Never fails the run.

``MINZHENG_TEST_MYSQL_URL`` names a running server to use instead; ``MARIADBD`` names a server program.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("mariadbd", "mysqld")
PLACES = ("/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/libexec")
PACKAGE = "mariadb-server"
NO_START = "#!/bin/sh\nexit 101\n"  # what invoke-rc.d asks before it starts a service


def find_server() -> str | None:
    """Path of a server program that tests can start, or None (数据库程序路径)."""
    if named := os.environ.get("MARIADBD"):
        return shutil.which(named)
    path = os.pathsep.join([os.environ.get("PATH", ""), *PLACES])
    return next((found for name in NAMES if (found := shutil.which(name, path=path))), None)


def install() -> str:
    """Install by apt-get, starting no service; returns why it could not be done, empty if it was (安装)."""
    if not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        return "not a Debian system"
    if os.geteuid() != 0:
        return "not root"
    print("installing a MariaDB server for the tests of database sources (安装测试用数据库) …", flush=True)
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text(NO_START)
        policy.chmod(0o755)
    try:
        return _apt("update") or _apt("install", "-y", "--no-install-recommends", PACKAGE)
    finally:
        if ours:
            policy.unlink(missing_ok=True)


def _apt(*command: str) -> str:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
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
    """One line if the MySQL tests will be skipped, silence otherwise."""
    if os.environ.get("MINZHENG_TEST_MYSQL_URL") or find_server():
        return 0
    why = install()
    if not find_server():
        print(f"no MariaDB server ({why or 'gone'}): tests of MySQL sources will be skipped (跳过)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
