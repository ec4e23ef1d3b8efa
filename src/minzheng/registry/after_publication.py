"""A change of divisions takes effect with the standard that says it (区划变更随标准落实)."""

from minzheng.registry.divisions import enact
from minzheng.standards.following import when_published

when_published("divisions", enact)
