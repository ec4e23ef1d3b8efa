"""The node's web application, for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minzheng.settings")
application = get_wsgi_application()

from minzheng.foundation.access.standing import closed_at_first  # noqa: E402 - needs Django set up

closed_at_first()
