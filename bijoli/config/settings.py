"""Django's settings, from the environment alone. With nothing set it runs: the embedded database, this machine, nobody else's name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from bijoli.config import env, logs
from bijoli.config.folder import CHECKOUT, data_folder, kept_secret
from bijoli.config.postgres import socket_folder
from bijoli.config.utility import read_utility

DEMO = env.flag("BIJOLI_DEMO", False, "the demo: codes on the console, the local push service allowed")
DEBUG = env.flag("BIJOLI_DEBUG", False, "Django's debug pages: never in production")
DATA_FOLDER = data_folder()
env.text("BIJOLI_DATA", "", "the data folder; ./var, or for root a folder under /var/lib/bijoli")
SECRET_KEY = env.text("BIJOLI_SECRET_KEY", "", "signs sessions; kept in the data folder when not set") or kept_secret("secret-key")
ALLOWED_HOSTS = env.words("BIJOLI_HOSTS", "localhost,127.0.0.1,[::1]", "host names that the site answers to")
HTTPS = env.flag("BIJOLI_HTTPS", False, "behind HTTPS: secure cookies and strict transport")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if HTTPS and host != "*"]

UTILITY_FOLDER = Path(
    env.text(
        "BIJOLI_UTILITY",
        str(CHECKOUT / "utilities" / "demo"),
        "folder of the utility: utility.toml, tariff.toml, complaints.toml, offices.csv",
    )
)
UTILITY = read_utility(UTILITY_FOLDER)

INSTALLED_APPS = [
    "bijoli.customers",
    "bijoli.tariffs",
    "bijoli.metering",
    "bijoli.delivery",
    "bijoli.notices",
    "bijoli.payments",
    "bijoli.complaints",
    "bijoli.alerts",
    "bijoli.insight",
    "bijoli.reports",
    "bijoli.ingest",
    "bijoli.till",
    "bijoli.web",
    "bijoli.staff",
    "bijoli.monitor",
    "bijoli.config",
    "bijoli.simulator",
    "bijoli.demo",
    "django.contrib.admin.apps.SimpleAdminConfig",  # for the staff's own site: staff/site.py
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "bijoli.monitor.logs.requests.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "bijoli.web.security.EveryAnswerMiddleware",
    "bijoli.monitor.door.MonitorMiddleware",  # before all that reads a session or a host name
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bijoli.web.language.LanguageMiddleware",  # after it: a customer's own language comes first
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bijoli.customers.sessions.KeepMiddleware",
    "bijoli.web.security.PolicyMiddleware",
]

ROOT_URLCONF = "bijoli.config.urls"
WSGI_APPLICATION = "bijoli.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bijoli.web.context.every_page",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """Connection settings from `postgresql://user:password@host:port/name`, or the embedded server's socket."""
    common = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    common |= {"OPTIONS": {"connect_timeout": 5}}  # seconds; without it a dead host holds a process for minutes
    if not url:
        return common | {"NAME": "bijoli", "USER": "bijoli", "HOST": str(socket_folder())}
    parts = urlsplit(url)
    return common | {
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),  # a socket's folder is written %2Frun%2Fpostgresql
        "PORT": str(parts.port or ""),
    }


DATABASES = {"default": _database(env.text("DATABASE_URL", "", "a PostgreSQL 18 server of your own; else the embedded one"))}
CACHES = {  # a table (customers/migrations), so that all processes share it
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
}

# Words and times
USE_TZ = True
TIME_ZONE = UTILITY.zone
USE_I18N = True
LANGUAGE_CODE = UTILITY.languages[0]
LANGUAGES = [("bn", "বাংলা"), ("en", "English")]
LOCALE_PATHS = [CHECKOUT / "locale"]

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_FOLDER / "static"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # the pages that use the files are on this origin
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "bijoli.web.storage.ModuleStorage"},
}

# Sign-in (django-allauth): a mobile number and a code of six digits; no sign-up, no passwords. Which of its pages exist: customers/urls.py
AUTH_USER_MODEL = "customers.Customer"
AUTHENTICATION_BACKENDS = ["bijoli.customers.backend.Backend"]
ACCOUNT_ADAPTER = "bijoli.customers.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]  # allauth wants the field of the login method here; no sign-up page exists
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 180
ACCOUNT_LOGIN_TIMEOUT = 3600  # a sign-in left open may ask for a new code for so long
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_RATE_LIMITS = False  # ours: customers/limits.py
MFA_ADAPTER = "bijoli.customers.adapter.PasskeyAdapter"
MFA_SUPPORTED_TYPES = ["webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_REAUTHENTICATION_REQUIRED = False  # ours, by code: pages/passkeys.py
MFA_RATE_LIMITS = False
MFA_TOTP_TOLERANCE = 1  # half a minute before and after: phones' clocks differ; each code works once all the same (staff/factor.py)
STAFF_HOURS = env.number("BIJOLI_STAFF_HOURS", 8, "hours after which staff prove their second factor again")
STAFF_IDLE_MINUTES = env.number("BIJOLI_STAFF_IDLE_MINUTES", 30, "minutes without a page after which the staff's part of a session ends")
USERSESSIONS_TRACK_ACTIVITY = False  # ours, every ten minutes instead of with every request: customers/sessions.py
SMS_CHANNEL = env.text(
    "BIJOLI_SMS",
    "console" if DEMO else "",
    "how sign-in codes leave: gateway (BIJOLI_SMS_GATEWAYS) or console (the demo's default); unset, nobody can sign in",
)
SMS_GATEWAYS = env.text("BIJOLI_SMS_GATEWAYS", "", "file of the SMS gateways (TOML, docs/sms.md); unset, no alert goes by SMS")
SMS_PERSON_DAY = env.number("BIJOLI_SMS_PERSON_DAY", 5, "alerts by SMS to one person in a day; twice as many where they are critical")
SMS_DAY = env.number("BIJOLI_SMS_DAY", 20_000, "alerts by SMS in a day in all; twice as many where they are critical")
EMAIL_FILE = env.text("BIJOLI_EMAIL", "", "file that names the mail server (TOML, docs/sms.md); unset, nothing goes by e-mail")
EMAIL_PERSON_DAY = env.number(
    "BIJOLI_EMAIL_PERSON_DAY", 10, "alerts by e-mail to one person in a day; twice as many where they are critical"
)
EMAIL_DAY = env.number("BIJOLI_EMAIL_DAY", 20_000, "alerts by e-mail in a day in all; twice as many where they are critical")
PROXIES = env.number("BIJOLI_PROXIES", 0, "how many proxies of your own stand before the site: whose X-Forwarded-For is believed")
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
LOGOUT_REDIRECT_URL = LOGIN_URL
SESSION_ENGINE = "bijoli.customers.sessionstore"
SESSION_COOKIE_AGE = 180 * 86400  # rolling: customers/sessions.py renews it in use
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
COOKIE_PREFIX = "__Host-" if HTTPS else ""  # browsers keep such a name only Secure, for this host and all of its paths
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
MESSAGE_STORAGE = "bijoli.web.said.Said"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for the name's other hosts, and
    "security.W021",  # on the browsers' preload list: for the owner of the whole domain to decide
    "security.W008",  # plain HTTP is led to HTTPS by the front; here it would turn probes from inside away
]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "bijoli.web.pages.errors.forged"

# Push
PUSH_HOSTS = env.words(
    "BIJOLI_PUSH_HOSTS",
    "fcm.googleapis.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com",
    "push services that we may call; a subscription elsewhere is refused",
)
PUSH_HOSTS_LOCAL = env.words("BIJOLI_PUSH_HOSTS_LOCAL", "", "host:port of a local push service over plain HTTP, for the demo and the tests")
VAPID_KEY_FILE = Path(
    env.text(
        "BIJOLI_VAPID_KEY",
        str(DATA_FOLDER / "vapid.pem"),
        "P-256 private key (PEM) that signs pushes; made when missing",
    )
)
VAPID_CONTACT = env.text("BIJOLI_VAPID_CONTACT", "mailto:push@bijoli.invalid", "who runs this sender, told to push services (RFC 8292)")

# Machine door
INGEST_MAX_BYTES = env.number("BIJOLI_INGEST_MAX_BYTES", 32 * 1024 * 1024, "largest unpacked body at the ingest door")
INGEST_BATCHES = env.number(
    "BIJOLI_INGEST_BATCHES", 2, "batches that one web process takes at the same time; the next is told to wait (429)"
)
LISTEN_PASSWORD = env.text("BIJOLI_LISTEN_PASSWORD", "", "manage.py listen: the broker's password")
LISTEN_PASSWORD_FILE = env.text("BIJOLI_LISTEN_PASSWORD_FILE", "", "manage.py listen: a file with the broker's password")
LISTEN_CA = env.text("BIJOLI_LISTEN_CA", "", "manage.py listen: authorities (PEM) for the broker's certificate; unset, the system's")
DATA_UPLOAD_MAX_MEMORY_SIZE = INGEST_MAX_BYTES
# Photos of complaints stay in memory; a request that is larger brings none, and no file is ever laid on a disk
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024 + 64 * 1024  # one photo and the form around it

# Money: what each gateway's account needs stands in docs/payments.md
SITE_URL = env.text("BIJOLI_SITE", "http://localhost:8000", "the site's own address, as browsers and payment gateways reach it")
GATEWAYS = env.words("BIJOLI_GATEWAYS", "", "payment gateways in the order of their buttons: bkash, nagad, sslcommerz")
HEADEND = env.text("BIJOLI_HEADEND", "", "the head-end's address (docs/head-end.md), or simulated; unset, no recharge is sold")
HEADEND_TOKEN = env.text("BIJOLI_HEADEND_TOKEN", "", "bearer token for the head-end")
SSLCOMMERZ_URL = env.text("BIJOLI_SSLCOMMERZ_URL", "https://securepay.sslcommerz.com", "SSLCOMMERZ's address")
SSLCOMMERZ_STORE = env.text("BIJOLI_SSLCOMMERZ_STORE", "", "SSLCOMMERZ: store id")
SSLCOMMERZ_PASSWORD = env.text("BIJOLI_SSLCOMMERZ_PASSWORD", "", "SSLCOMMERZ: the store's API password (not the panel's)")
BKASH_URL = env.text("BIJOLI_BKASH_URL", "https://tokenized.pay.bka.sh/v1.2.0-beta", "bKash's address, with its version")
BKASH_APP_KEY = env.text("BIJOLI_BKASH_APP_KEY", "", "bKash: app key")
BKASH_APP_SECRET = env.text("BIJOLI_BKASH_APP_SECRET", "", "bKash: app secret")
BKASH_USERNAME = env.text("BIJOLI_BKASH_USERNAME", "", "bKash: user name of the API")
BKASH_PASSWORD = env.text("BIJOLI_BKASH_PASSWORD", "", "bKash: its password")
BKASH_TOPIC = env.text("BIJOLI_BKASH_TOPIC", "", "bKash: ARN of the notices' SNS topic; unset, notices are not believed")
NAGAD_URL = env.text("BIJOLI_NAGAD_URL", "https://api.mynagad.com/api/dfs", "Nagad's address")
NAGAD_MERCHANT = env.text("BIJOLI_NAGAD_MERCHANT", "", "Nagad: merchant id")
NAGAD_KEY = env.text("BIJOLI_NAGAD_KEY", "", "Nagad: file with our private key (base64 or PEM)")
NAGAD_PUBLIC_KEY = env.text("BIJOLI_NAGAD_PUBLIC_KEY", "", "Nagad: file with Nagad's public key (base64 or PEM)")
BILL_DAYS = env.number("BIJOLI_BILL_DAYS", 3, "days before a bill's last day on which its people are reminded; 0: on that day")
BILLERS = env.text("BIJOLI_BILLERS", "", "file of the wallets that may ask for bills and pay them (TOML, docs/bills.md); unset, none may")
NAGAD_IP = env.text("BIJOLI_NAGAD_IP", "127.0.0.1", "Nagad: our own public IPv4 address, the one that Nagad has white-listed")
GATEWAYS_LOCAL = env.words(
    "BIJOLI_GATEWAYS_LOCAL", "", "host:port of simulated gateways whose notices name addresses over plain HTTP, for the demo and the tests"
)
GATEWAY_CA = env.text("BIJOLI_GATEWAY_CA", "", "authorities (PEM) for gateways' and the head-end's certificates; unset, the system's")
NOTICE_DAYS = env.number("BIJOLI_NOTICE_DAYS", 90, "days that gateways' raw notices are kept; 0: for ever")

# How long things are kept; the timer drops what is older (metering/upkeep.py). 0: for ever
RAW_DAYS = env.number("BIJOLI_RAW_DAYS", 400, "days that raw readings are kept; 0: for ever")
HISTORY_YEARS = env.number("BIJOLI_HISTORY_YEARS", 10, "years that each day's figures are kept; 0: for ever")
NOTIFICATION_MONTHS = env.number("BIJOLI_NOTIFICATION_MONTHS", 13, "months that notifications are kept; 0: for ever")
PHOTO_DAYS = env.number("BIJOLI_PHOTO_DAYS", 180, "days after a complaint is closed that its photos are kept; 0: for ever")
COMPLAINT_MONTHS = env.number(
    "BIJOLI_COMPLAINT_MONTHS", 72, "months after a complaint is closed that its words, and whose it was, are kept; 0: for ever"
)
REJECT_DAYS = env.number("BIJOLI_REJECT_DAYS", 90, "days that rows which were not taken are kept; 0: for ever")

BACKUPS = env.text("BIJOLI_BACKUPS", "", "folder of the backups: manage.py doctor and /metrics tell the age of the newest")
METRICS_TOKEN = env.text("BIJOLI_METRICS_TOKEN", "", "bearer token that opens /metrics; unset, /metrics does not exist")

LOGGING = logs.settings()
