"""Before the first request (预先载入): what every process of the pages needs is loaded once, then shared.

A process that began empty would load modules, templates and thirty thousand divisions in its first requests, in each of
its threads at once: seconds of waiting, and modules half imported by two threads from two ends.
"""

import atexit
import gc
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import get_default_password_validators
from django.db import connections
from django.template import Engine
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.timezone import localdate

from minzheng.kernel.pinyin import syllables
from minzheng.registry.variants import variants
from minzheng.standards.queries import catalogue, code_book, division_tree

TEMPLATES = Path(__file__).parent / "desk" / "templates"


def load() -> None:
    """Load them in the process that the others are forked from, and leave it no connection (载入)."""
    _modules(get_resolver())
    _named_in_settings()
    for path in sorted(TEMPLATES.rglob("*.html")):
        get_template(str(path.relative_to(TEMPLATES)))
    syllables(), variants()
    code_book(), catalogue(), division_tree()
    connections.close_all()  # a session must not be shared with what is forked
    gc.collect()
    gc.freeze()  # what is loaded stays: no collection walks through it again, and the forks share its memory
    atexit.register(gc.unfreeze)  # at the end it goes as it would have gone


def _modules(resolver: object) -> None:
    """Every module the addresses lead to: included lists are imported only when they are first looked into."""
    for entry in getattr(resolver, "url_patterns", ()):
        _modules(entry)


def _named_in_settings() -> None:
    """What Django imports by a name of the settings when it is first wanted."""
    for name in (settings.MESSAGE_STORAGE, settings.SESSION_SERIALIZER, *settings.FILE_UPLOAD_HANDLERS):
        import_string(name)
    _ = Engine.get_default().template_context_processors
    get_default_password_validators()
    for status in (400, 403, 404, 500):
        get_resolver().resolve_error_handler(status)
    date_format(localdate())  # the words and formats of the language
