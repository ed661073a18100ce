from dataclasses import fields

import pytest

from grader import config
from grader.config import Settings
from grader.errors import SettingsError


@pytest.fixture
def home(tmp_path):
    return {"HOME": str(tmp_path)}


def test_defaults_need_no_file(home, tmp_path):
    settings = config.load(home)
    assert settings == Settings(data=str(tmp_path / ".local/share/chainrule"))
    assert settings.parallel >= 1


def test_folders_follow_the_desktop_standard(tmp_path):
    folder = tmp_path / "config/chainrule"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("jobs = 3")
    settings = config.load({"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": "/d"})
    assert (settings.jobs, settings.data) == (3, "/d/chainrule")


def test_file_is_read_and_the_environment_wins(home, tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('jobs = 3\ndevice = "cuda"\nassignments = ["/a", "/b"]\ncgroups = false\n')
    settings = config.load(home | {"CHAINRULE_CONFIG": str(path), "CHAINRULE_JOBS": "5"})
    assert (settings.jobs, settings.device, settings.cgroups) == (5, "cuda", False)
    assert settings.assignments == ("/a", "/b")


def test_environment_sets_every_kind(home):
    given = {"ASSIGNMENTS": "/a:/b", "CGROUPS": "no", "SECRET": "x", "DATA": "/d"}
    settings = config.load(home | {f"CHAINRULE_{name}": value for name, value in given.items()})
    assert settings == Settings(("/a", "/b"), "/d", "x", "cpu", 0, False)


@pytest.mark.parametrize(
    ("name", "value"), [("JOBS", "many"), ("JOBS", "-1"), ("CGROUPS", "perhaps"), ("DEVICE", "tpu")]
)
def test_wrong_value_is_told_with_its_name(home, name, value):
    with pytest.raises(SettingsError) as caught:
        config.load(home | {f"CHAINRULE_{name}": value})
    assert name.lower() in str(caught.value).lower()
    assert value in str(caught.value)


def test_unknown_key_of_the_file_gets_a_proposal(home, tmp_path):
    (tmp_path / "c.toml").write_text("job = 3")
    with pytest.raises(SettingsError, match="Did you mean “jobs”"):
        config.load(home | {"CHAINRULE_CONFIG": str(tmp_path / "c.toml")})


def test_named_file_must_be_there(home):
    with pytest.raises(SettingsError, match="file not found"):
        config.load(home | {"CHAINRULE_CONFIG": "/nowhere.toml"})


@pytest.mark.parametrize("each", fields(Settings), ids=lambda each: each.name)
def test_every_setting_says_what_it_is_for(each):
    assert each.metadata["about"].endswith((".", ")."))


def test_a_secret_comes_from_a_file(home, tmp_path):
    file = tmp_path / "secret"
    file.write_text("a long secret\n")
    settings = config.load({**home, "CHAINRULE_SECRET_FILE": str(file)})
    assert settings.secret == "a long secret"


def test_a_secret_given_twice_is_refused(home, tmp_path):
    file = tmp_path / "secret"
    file.write_text("one")
    both = {**home, "CHAINRULE_SECRET": "two", "CHAINRULE_SECRET_FILE": str(file)}
    with pytest.raises(SettingsError, match="twice"):
        config.load(both)


def test_a_missing_file_of_a_secret_is_told(home):
    with pytest.raises(SettingsError, match="/nowhere"):
        config.load({**home, "CHAINRULE_SECRET_FILE": "/nowhere"})


def test_health_file_is_a_setting_and_no_file_of_one(home):
    assert config.load({**home, "CHAINRULE_HEALTH_FILE": "/run/alive"}).health_file == "/run/alive"


ADDRESSES = {
    "into a user's address": ("postgresql://ada@host/x", "postgresql://ada:p%2F%40@host/x"),
    "not over another": ("postgresql://ada:q@host/x", "postgresql://ada:q@host/x"),
    "not into a file's": ("sqlite:////x.db", "sqlite:////x.db"),
}


@pytest.mark.parametrize(("url", "complete"), ADDRESSES.values(), ids=ADDRESSES)
def test_password_goes_into_the_databases_address(url, complete):
    assert Settings(database_url=url, database_password="p/@").database == complete


REDISES = {
    "by network": ("redis://host:1/0", "redis://:p@host:1/0"),
    "by socket": ("redis+socket:///r.sock", "redis+socket:///r.sock"),
    "in memory": ("memory://", "memory://"),
}


@pytest.mark.parametrize(("url", "complete"), REDISES.values(), ids=REDISES)
def test_password_goes_into_the_addresses_of_redis(url, complete):
    settings = Settings(broker_url=url, limiter_url=url, redis_password="p")
    assert (settings.broker, settings.limiter) == (complete, complete)
