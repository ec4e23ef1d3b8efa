"""Finding the adapters (查找适配器): one file each, in ``adapters/`` and in the folders ``MINZHENG_ADAPTERS`` names.

Whoever may write to such a folder runs code as the node: one that others may write to is refused.
"""

import pkgutil
from functools import cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from minzheng.exchange import adapters

OTHERS_MAY_WRITE = 0o022


@cache
def find_adapters(folders: tuple[str, ...] = ()) -> list[str]:
    """Import every adapter file, each of which makes itself known; returns their names (查找).

    Only when first asked: their libraries take a while to import, and most commands want none of them.
    """
    for folder in folders:
        path = Path(folder).resolve()
        if not path.is_dir():
            raise ImproperlyConfigured(f"适配器目录 {path} 不存在 (MINZHENG_ADAPTERS)")
        if path.stat().st_mode & OTHERS_MAY_WRITE:
            raise ImproperlyConfigured(f"适配器目录 {path} 可由他人写入, 请先收回权限 (chmod go-w)")
        if str(path) not in adapters.__path__:
            adapters.__path__.append(str(path))
    names = sorted(module.name for module in pkgutil.iter_modules(adapters.__path__))
    for name in names:
        pkgutil.resolve_name(f"{adapters.__name__}.{name}")
    return names
