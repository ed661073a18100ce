"""Settings: one frozen value, from a TOML file and the environment, which wins.

The file is ``$CHAINRULE_CONFIG``, or ``chainrule/config.toml`` in the user's configuration folder. Each
field is a key of the file, and ``CHAINRULE_`` with its name in capitals is its environment variable. With
``_FILE`` after it, the variable names a file that holds the value: that is how secrets come into containers.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from grader.config import addresses
from grader.errors import SettingsError
from grader.model import schema
from grader.model.language import _

PREFIX = "CHAINRULE_"
FILE_VARIABLE = f"{PREFIX}CONFIG"
IN_A_FILE = "_FILE"
DEVICES = ("cpu", "cuda")


def _setting(default: Any, about: str) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True)
class Settings:
    """Everything that can be set from outside. Each field says what it is for."""

    assignments: tuple[str, ...] = _setting(
        (), "Folders with further assignments, searched before the shipped ones (separated by colons)."
    )
    data: str = _setting("", "Folder for persistent data. Default: the user's data folder.")
    secret: str = _setting("", "Secret that seeds are derived from. Default: one in the data folder.")
    device: str = _setting("cpu", "Default device to grade on: cpu or cuda.")
    jobs: int = _setting(0, "Gradings to run in parallel. 0: one more than processor cores.")
    cgroups: bool = _setting(True, "Limit each box by a control group where this machine allows it.")
    examiner_mib: int = _setting(2048, "Memory for a grading's hidden tests and the answers to them, in MiB.")
    database_url: str = _setting("", "Where the database is. Default: a SQLite file in the data folder.")
    broker_url: str = _setting(
        "", "Where the queue is: redis://host, redis+socket:///path or sqlite:////path. Default: a file."
    )
    database_password: str = _setting("", "Password for the database's address.")
    redis_password: str = _setting("", "Password for the Redis addresses.")
    weaker_walls: bool = _setting(True, "Start although an optional wall is missing; it is reported.")
    health_file: str = _setting("", "File that a healthy worker updates. Default: in the data folder.")
    lease_seconds: float = _setting(60.0, "Seconds of silence after which a worker loses its grading.")
    heartbeat_seconds: float = _setting(10.0, "Seconds between a worker's signs of life.")
    sweep_seconds: float = _setting(15.0, "Seconds between searches for lost gradings.")
    resend_seconds: float = _setting(60.0, "Seconds after which an untaken grading is sent again.")
    sweep_limit: int = _setting(200, "Maximum number of gradings that one sweep sends.")
    verify_seeds: int = _setting(16, "Seeds under which samples are tried on the web before publishing.")
    https: bool = _setting(False, "Whether browsers use https: cookies are then sent only over https.")
    proxies: int = _setting(0, "Number of proxies in front of the web server; their headers are trusted.")
    limiter_url: str = _setting(
        "memory://", "Where failed sign-ins are counted: memory:// for one process, or a Redis."
    )
    metrics_token: str = _setting("", "Token for reading /metrics. Empty: only this machine can read it.")
    attempts: int = _setting(3, "How often a grading is tried before it ends as our fault.")

    @property
    def data_folder(self) -> Path:
        """Where things are kept between runs."""
        return Path(self.data).expanduser()

    @property
    def database(self) -> str:
        """The address of the database."""
        url = self.database_url or f"sqlite:///{self.data_folder / 'chainrule.db'}"
        return url if url.startswith("sqlite") else addresses.with_password(url, self.database_password)

    @property
    def broker(self) -> str:
        """The address of the queue. Raises SettingsError where it can't be one."""
        url = self.broker_url or f"sqlite:///{self.data_folder / 'queue.db'}"
        return addresses.of_redis(url, self.redis_password, "broker_url")

    @property
    def limiter(self) -> str:
        """Where failed sign-ins are counted. Raises SettingsError where it can't be there."""
        return addresses.of_redis(self.limiter_url, self.redis_password, "limiter_url")

    @property
    def examiner_bytes(self) -> int:
        """The memory of a grading's tests in bytes."""
        return self.examiner_mib * 1024 * 1024

    @property
    def health(self) -> Path:
        """The file that a worker touches while it is well."""
        return Path(self.health_file) if self.health_file else self.data_folder / "worker.alive"

    @property
    def parallel(self) -> int:
        """How many gradings run at a time: each waits for the kernel a fifth of its time."""
        return self.jobs or len(os.sched_getaffinity(0)) + 1


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings. Raises SettingsError with the variable or the file and key."""
    variables = os.environ if environment is None else environment
    values = _from_file(variables) | _from_environment(variables)
    settings = Settings(**{"data": _data_folder(variables), **values})
    if settings.device not in DEVICES:
        raise SettingsError(
            _("“%(device)s” is not a device", device=settings.device),
            where="device",
            cure=_("Use %(devices)s.", devices=" or ".join(DEVICES)),
        )
    return settings


def _from_file(variables: Mapping[str, str]) -> dict[str, Any]:
    named = variables.get(FILE_VARIABLE, "")
    path = Path(named) if named else _folder(variables, "XDG_CONFIG_HOME", ".config") / "config.toml"
    if not path.is_file():
        if named:
            raise SettingsError(
                _("file not found"),
                where=named,
                cure=_("Correct or unset %(file_variable)s.", file_variable=FILE_VARIABLE),
            )
        return {}
    table = schema.parse(_read(path), str(path), SettingsError)
    here = set(table.names())
    values = {each.name: _FROM_TABLE[type(each.default)](table, each.name, each.default) for each in _FIELDS}
    table.done()
    return {name: value for name, value in values.items() if name in here}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(
            _("it can't be read: %(strerror)s", strerror=error.strerror),
            where=str(path),
            cure=_("Make it readable."),
        ) from None


def _from_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for each in _FIELDS:
        name = PREFIX + each.name.upper()
        text = _given(variables, name)
        if text:
            try:
                values[each.name] = _FROM_TEXT[type(each.default)](text)
            except (ValueError, KeyError):
                raise SettingsError(
                    _("“%(text)s” is not valid", text=text), where=name, cure=_(each.metadata["about"])
                ) from None
    return values


def _given(variables: Mapping[str, str], name: str) -> str:
    """Return a variable's value, or what is in the file that its sibling names."""
    named = variables.get(name + IN_A_FILE, "")
    if not named:
        return variables.get(name, "")
    if variables.get(name):
        raise SettingsError(
            _("the value is set twice"),
            where=name,
            cure=_("Unset it, or unset %(name)s%(in_a_file)s.", name=name, in_a_file=IN_A_FILE),
        )
    try:
        return _read(Path(named)).decode().strip()
    except UnicodeDecodeError:
        raise SettingsError(
            _("the file is not text"), where=named, cure=_("Write the value as UTF-8.")
        ) from None


def _data_folder(variables: Mapping[str, str]) -> str:
    return str(_folder(variables, "XDG_DATA_HOME", ".local/share"))


def _folder(variables: Mapping[str, str], name: str, below_home: str) -> Path:
    base = variables.get(name) or Path(variables.get("HOME") or "/").joinpath(below_home)
    return Path(base) / "chainrule"


_FIELDS = fields(Settings)
_TRUTHS: Mapping[str, bool] = {
    "1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False,
}  # fmt: skip


def _positive(text: str) -> float:
    if not 0 < float(text) < float("inf"):
        raise ValueError(text)
    return float(text)


def _natural(text: str) -> int:
    if int(text) < 0:
        raise ValueError(text)
    return int(text)


# Keyed by the type of a field's default, so that a new field needs no new code.
_FROM_TEXT: Mapping[type, Callable[[str], Any]] = {
    str: str,
    int: _natural,
    float: _positive,
    bool: lambda text: _TRUTHS[text.strip().lower()],
    tuple: lambda text: tuple(filter(None, text.split(os.pathsep))),
}
_FROM_TABLE: Mapping[type, Callable[[schema.Table, str, Any], Any]] = {
    str: schema.Table.text,
    int: lambda table, name, default: table.whole(name, default),
    float: lambda table, name, default: table.number(name, default, least=0.001),
    bool: lambda table, name, default: table.truth(name, default),
    tuple: lambda table, name, default: table.texts(name),
}
