"""Django settings of a node (节点). Everything a deployment changes comes from the environment.

``MINZHENG_HOME``  where all state lives (default ``./var``)
``DATABASE_URL``   a PostgreSQL ≥ 15 to use; unset: the embedded one under ``MINZHENG_HOME``
``MINZHENG_ADAPTERS``  folders with adapters of one's own
``MINZHENG_DIVISION``  the division this node serves (default 330000, the province)
"""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from minzheng.foundation.crypto.making import make_once
from minzheng.foundation.database.url import parse_database_url

SOURCE_ROOT = Path(__file__).resolve().parent
PROJECT_ROOT = SOURCE_ROOT.parent.parent
HOME = Path(os.environ.get("MINZHENG_HOME") or "var").resolve()
PACKS_DIR = Path(os.environ.get("MINZHENG_PACKS") or PROJECT_ROOT / "packs")
# Folders with adapters of one's own, beside those that come with the product; each file in them runs as the node.
ADAPTER_FOLDERS = [folder for folder in os.environ.get("MINZHENG_ADAPTERS", "").split(os.pathsep) if folder]
NODE_DIVISION_CODE = os.environ.get("MINZHENG_DIVISION", "330000")


def _secret_key() -> str:
    """One random key per home, made at first use; never in the code."""
    path = HOME / "keys" / "web-secret"
    if not path.exists():
        make_once(path, secrets.token_urlsafe(64))
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("MINZHENG_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("MINZHENG_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")

INSTALLED_APPS = [
    "minzheng.foundation",
    "minzheng.standards",
    "minzheng.registry",
    "minzheng.exchange",
    "minzheng.stewardship.signals",
    "minzheng.stewardship.quality",
    "minzheng.stewardship.review",
    "minzheng.stewardship.compare",
    "minzheng.stewardship.lookup",
    "minzheng.stewardship.resources",
    "minzheng.sharing.catalogue",
    "minzheng.sharing.grants",
    "minzheng.sharing.interfaces",
    "minzheng.sharing.parcels",
    "minzheng.sharing.subscriptions",
    "minzheng.sharing.between",
    "minzheng.sharing.watching",
    "minzheng.business.population",
    "minzheng.business.marriage",
    "minzheng.business.relief",
    "minzheng.business.funeral",
    "minzheng.business.societies",
    "minzheng.web.desk",
    "minzheng.web.machine",
    "oauth2_provider",
    "procrastinate.contrib.django",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "minzheng.foundation.access.middleware.DenyByDefault",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "minzheng.urls"
WSGI_APPLICATION = "minzheng.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "minzheng.web.desk.context.frame",
            ],
        },
    }
]

# How long a process may answer from the standards it last saw published, in seconds.
STANDARDS_FRESH_S = float(os.environ.get("MINZHENG_STANDARDS_FRESH_S", "1"))

# Only for a database that cannot have the restricted roles, and said at every start: pages then rest on the queries alone.
WITHOUT_ROW_SECURITY = os.environ.get("MINZHENG_WITHOUT_ROW_SECURITY") == "1"
DATABASES = {"default": parse_database_url(os.environ.get("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "foundation.User"

# Days for which the bodies of acknowledged batches between nodes are kept.
EXCHANGE_BODIES_DAYS = int(os.environ.get("MINZHENG_EXCHANGE_BODIES_DAYS", "180"))
# Where the background jobs are declared; the worker must know them all.
PROCRASTINATE_IMPORT_PATHS = [
    "minzheng.exchange.jobs",
    "minzheng.stewardship.signals.jobs",
    "minzheng.stewardship.resources.jobs",
    "minzheng.stewardship.quality.jobs",
    "minzheng.stewardship.compare.jobs",
    "minzheng.sharing.catalogue.jobs",
    "minzheng.sharing.parcels.jobs",
    "minzheng.sharing.grants.jobs",
    "minzheng.sharing.interfaces.jobs",
    "minzheng.sharing.subscriptions.jobs",
    "minzheng.sharing.between.jobs",
]

# Where what goes on is told besides the pages; nothing leaves this node unless one is set. OTLP over HTTP, as
# http://127.0.0.1:4318; OpenLineage events to a file or an address.
OTLP_ENDPOINT = os.environ.get("MINZHENG_OTLP", "").rstrip("/")
OPENLINEAGE = os.environ.get("MINZHENG_OPENLINEAGE", "")

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [SOURCE_ROOT / "web" / "static"]
WHITENOISE_USE_FINDERS = True
MESSAGE_TAGS = {40: "danger"}  # an error is named as the style sheet names it
LOGIN_URL = "/login/"
PASSWORD_CHANGE_URL = "/password/"  # noqa: S105 - an address
CSRF_FAILURE_VIEW = "minzheng.web.desk.views.errors.csrf"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "minzheng.foundation.accounts.passwords.ThreeOfFourClasses"},
    {"NAME": "minzheng.foundation.accounts.passwords.NotOneOfTheLast"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

# Idle time, not age: foundation.access.middleware renews the session once a minute of use.
SESSION_ENGINE = "minzheng.foundation.accounts.sessions"
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("MINZHENG_TLS") == "1"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Tiles of a map server of one's own under the maps, as https://…/{z}/{x}/{y}; off unless set.
MAP_TILES = os.environ.get("MINZHENG_MAP_TILES", "")
_MAP = urlsplit(MAP_TILES)
MAP_HOSTS = [f"{_MAP.scheme}://{_MAP.netloc}"] if _MAP.scheme in ("https", "http") and _MAP.netloc else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", *MAP_HOSTS],
        "connect-src": ["'self'", *MAP_HOSTS],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
FILE_UPLOAD_HANDLERS = [
    "minzheng.foundation.access.uploads.SizeGate",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_TEMP_DIR = HOME / "spool" / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
UPLOAD_LIMIT_BYTES = int(os.environ.get("MINZHENG_UPLOAD_LIMIT", 2 * 2**30))

# Tokens of departments' systems (web.machine): short, opaque, kept as digests; what they open is asked of the grants.
OAUTH2_PROVIDER = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "OAUTH2_VALIDATOR_CLASS": "minzheng.web.machine.tokens.Validator",
    "SCOPES_BACKEND_CLASS": "minzheng.web.machine.tokens.DataSets",
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
}
# Where a proxy ends TLS and checks certificates, the header in which it names the SHA-256 of the caller's (RFC 8705); it must
# take the header away from callers. Empty: what the server itself knows of the connection.
CLIENT_CERTIFICATE_HEADER = os.environ.get("MINZHENG_CLIENT_CERTIFICATE_HEADER", "")
# Where event streams are answered, as subscribers reach it (https://events.example); empty: at the same address as the pages.
EVENTS_ADDRESS = os.environ.get("MINZHENG_EVENTS_ADDRESS", "").rstrip("/")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("MINZHENG_LOG", "WARNING")},
}
