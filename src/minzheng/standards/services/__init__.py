"""What is done to the standards (标准管理): the only writer."""

from minzheng.standards.services.lifecycle import advance, draft, preview, propose, withdraw
from minzheng.standards.services.publishing import Publication, publish, publish_edition
from minzheng.standards.services.replacing import replace_file
from minzheng.standards.services.shipped import newer_packs, publish_newer_packs, publish_shipped_packs
from minzheng.standards.services.workdays import forget_workday, import_workdays, set_workday

__all__ = [
    "Publication",
    "advance",
    "draft",
    "forget_workday",
    "import_workdays",
    "newer_packs",
    "preview",
    "propose",
    "publish",
    "publish_edition",
    "publish_newer_packs",
    "publish_shipped_packs",
    "replace_file",
    "set_workday",
    "withdraw",
]
