import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.arithmetic import seeds
from grader.errors import SettingsError
from grader.model import Submission, Suite
from tests.grader.doubles import ASSIGNMENT

SUITE = Suite(ASSIGNMENT, {"test_a.py": b"1"})


@given(st.binary(min_size=1), st.binary())
def test_seed_is_a_number_of_63_bits_and_always_the_same(secret, content):
    first = seeds.seed(secret, SUITE, Submission({"mlp.py": content}))
    assert 0 <= first < 2**63
    assert first == seeds.seed(secret, SUITE, Submission({"mlp.py": content}))


def test_seed_depends_on_secret_suite_and_submission():
    one, two = Submission({"mlp.py": b"1"}), Submission({"mlp.py": b"2"})
    other = Suite(ASSIGNMENT, {"test_a.py": b"2"})
    found = {seeds.seed(b"a", SUITE, one), seeds.seed(b"b", SUITE, one), seeds.seed(b"a", SUITE, two)}
    assert len(found | {seeds.seed(b"a", other, one)}) == 4


@pytest.mark.parametrize("count", [1, 3, 64])
def test_seeds_are_those_of_the_pool_and_all_of_them_are_used(count):
    pool = {seeds.numbered(b"a", "suite", number) for number in range(count)}
    assert len(pool) == count
    assert {seeds.of_digests(b"a", "suite", str(each), count) for each in range(16 * count)} == pool


def test_pools_of_other_secrets_and_suites_share_no_seed():
    pools = [
        {seeds.numbered(secret, suite, number) for number in range(64)}
        for secret in (b"a", b"b")
        for suite in ("one", "two")
    ]
    assert len(set.union(*pools)) == 4 * 64


def test_a_secret_that_is_kept_is_found_and_none_is_made(tmp_path):
    assert seeds.kept("", tmp_path) is None
    assert not [*tmp_path.iterdir()]
    assert seeds.kept("given", tmp_path) == b"given"
    assert seeds.secret(tmp_path) == seeds.kept("", tmp_path)


def test_secret_is_made_once_and_readable_by_its_owner_only(tmp_path):
    folder = tmp_path / "data"
    first = seeds.secret(folder)
    assert first == seeds.secret(folder)
    assert stat.S_IMODE((folder / seeds.SECRET_FILE).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [seeds.SECRET_FILE]


def test_everyone_at_their_first_use_gets_the_same_secret(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: seeds.secret(tmp_path), range(32)))) == 1


def test_secret_that_is_too_short_is_refused(tmp_path):
    (tmp_path / seeds.SECRET_FILE).write_text("1234")
    with pytest.raises(SettingsError, match="too short"):
        seeds.secret(tmp_path)


def test_folder_that_can_not_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="CHAINRULE_DATA"):
        seeds.secret(tmp_path / "file" / "data")
