"""Addresses of databases and of Redis, completed: passwords, and whether certificates are checked.

The clients differ where an address with TLS (``rediss``) says nothing of certificates: Kombu takes any,
redis-py asks for one that holds. Here both are told to check, unless the address itself says otherwise.
"""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from grader.errors import SettingsError
from grader.model.language import _

TLS = "rediss"
PLAIN = "redis"
CHECKS = "ssl_cert_reqs"
# What people write, also for Celery, and what both clients understand.
_CHECKS = {
    "required": "required",
    "cert_required": "required",
    "optional": "required",  # a client that is shown no certificate has no TLS
    "cert_optional": "required",
    "none": "none",
    "cert_none": "none",
}


def of_redis(url: str, password: str, where: str) -> str:
    """Return an address of Redis with its password and with what is asked of certificates.

    Addresses of other kinds are returned as they are. Raises SettingsError, with the setting ``where``.
    """
    scheme = urlsplit(url).scheme
    if scheme not in (PLAIN, TLS):
        return url
    if ";" in url:
        raise SettingsError(
            _("this holds more than one address"),
            where=where,
            cure=_("Write the address of one Redis server; a ; within its password is written %3B."),
        )
    return with_password(_checked(url, scheme, where), password)


def _checked(url: str, scheme: str, where: str) -> str:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if scheme == PLAIN:
        if any(name.startswith("ssl") for name in options):
            raise SettingsError(
                _("this address has TLS options, but redis:// does not use TLS"),
                where=where,
                cure=_("Write rediss:// (two s)."),
            )
        return url
    given = options.get(CHECKS, "required")
    if given.lower() not in _CHECKS:
        raise SettingsError(
            _("“%(given)s” is not a value of %(checks)s", given=given, checks=CHECKS),
            where=where,
            cure=_(
                "Leave %(checks)s out, so that certificates are checked, or write %(checks)s=none.",
                checks=CHECKS,
            ),
        )
    return urlunsplit(parts._replace(query=urlencode({**options, CHECKS: _CHECKS[given.lower()]}, safe="/")))


def with_password(url: str, password: str) -> str:
    """Return an address with a password in it, unless it has one."""
    parts = urlsplit(url)
    if not password or parts.password:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))
