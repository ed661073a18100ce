"""Every assignment that ships: each sample gets what its list says, through the web.

A student at a browser reads the results of a solution, of the handout and, for each mistake, of a sample
that makes it; of these, the first of each set of files is handed in there. All others go in through the same
page without a browser.
"""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from grader.arithmetic import scoring
from grader.arithmetic.regrade_diff import Way
from grader.assignment import assignment_folder
from grader.database import tables
from grader.database.tables import AssignmentRow, Course, Regrade, User, Which
from grader.feedback.mistake_words import title
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import results
from grader.services.regrades import comparisons, regrades
from grader.services.regrades.choosing import SubmissionChoice
from grader.verifying import samples
from tests.classroom import NOW, SECRET
from tests.web.browsing import Grading, Windows, serving, total

SHIPPED = assignment_folder.available([assignment_folder.shipped_folder()])
ACCEPTED = "submissions/accepted/"

pytestmark = pytest.mark.slow


@pytest.fixture
def site(make_world, engine, chromium):
    """A course whose student sits at a browser, with the real engine behind it."""
    world = make_world(Rules())
    grading = Grading(world.database, engine)
    object.__setattr__(world.app.extensions["chainrule"], "dispatcher", grading)
    with serving(world.app) as address:
        world.windows, world.grading = Windows(chromium, address), grading
        yield world
        grading.wait()
        grading.close()
        world.windows.close()
    assert world.windows.complaints == []


def _add(site, suite, files):
    extras = {name: each for name, each in files.items() if name not in suite.files}
    with site.database.transaction() as session:
        course = session.get(Course, site.room.course.id)
        actor = session.get(User, site.room.instructor.id)
        return courses.add_assignment(Act(session, actor, NOW), course, suite, Rules(), extras=extras).id


def _to_be_read(found):
    """Return the samples whose pages are read: the best solution, the handout, one for each mistake."""
    right = [each for each in found if each.file.startswith(ACCEPTED)]
    chosen, known = [max(right, key=lambda each: each.score or 0.0)], set()
    for each in found:
        codes = {code for some in (each.diagnoses or {}).values() for code in some}
        if each not in right and (not each.file.startswith("submissions/") or codes - known):
            chosen.append(each)
            known |= codes
    return chosen


def _asks_no_more(sample, slug):
    """Say whether it shows what others show too, of which nyu-hw1 has many: test_nyu_hw1_samples has all."""
    return slug == "nyu-hw1" and (sample.file.startswith(ACCEPTED) or bool(sample.diagnoses))


def _typed(found):
    """Return the first sample of each set of files: to hand in another of the same takes the same steps."""
    return {frozenset(each.submission.files): each for each in reversed(found)}.values()


def _hand_in(page, number, sample):
    page.goto(f"/assignments/{number}")
    files = sample.submission.files.items()
    page.locator("#files").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files]
    )
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(re.compile(r"/submissions/\d+$"))
    return int(page.url.rpartition("/")[2])


def _sent(site, client, number, found):
    """Hand these in without a browser; return the submissions by the samples' names."""
    return {
        each.file: site.submission(client, files=each.submission.files, assignment=number) for each in found
    }


def _differing(page, sample, most):
    """Say what the page of a result shows otherwise than the list of samples has it."""
    shown = page.locator("main").inner_text().lower()
    if sample.score is not None:
        wanted = f"{scoring.points_text(sample.score)} / {most:g}"
        if total(page) != wanted:
            yield f"{sample.file}: {total(page)}, not {wanted}"
    for code in {code for each in (sample.diagnoses or {}).values() for code in each}:
        if title(code).partition("{")[0].lower() not in shown:
            yield f"{sample.file}: nothing of {code}"


def _regrade(site, number, whole):
    """Grade the last hand-in under tests of another version that ask the same; return who changes how."""
    other = replace(whole, files={**whole.files, "more.py": b"# the same\n"})
    with site.database.transaction() as session:
        assignment = session.get(AssignmentRow, number)
        actor = session.get(User, site.room.instructor.id)
        row = courses.publish_suite(Act(session, actor, NOW), assignment, other, live=False)
        choice = SubmissionChoice(Which.LATEST)
        started = regrades.start(Act(session, actor, NOW), assignment, row, choice, secret=SECRET)
        regrade = started.regrade.id
    for each in started.first:
        site.grading.send(each)
    site.grading.wait()
    with site.database.reading() as session:
        found = comparisons.comparison(session, session.get(Regrade, regrade))
        return [each.way for each in found.changes]


def _report(site, number):
    with site.database.reading() as session:
        [grading] = session.scalars(select(tables.Grading).where(tables.Grading.submission_id == number))
        return results.report(session, grading)


@pytest.mark.parametrize("slug", SHIPPED)
def test_each_sample_gets_its_points_and_is_told_its_mistakes(site, slug):
    files = assignment_folder.read_all(SHIPPED[slug])
    whole = assignment_folder.from_files(files, slug=slug, where=slug)
    most = scoring.total(whole.assignment, 0.0, scoring.most_points(whole.assignment)).most
    number, page = _add(site, whole, files), site.windows.open("ada")
    found = samples.samples(files, whole.assignment, slug)
    chosen = _to_be_read(found)
    typed = {each.file: _hand_in(page, number, each) for each in _typed(chosen)}
    read = typed | _sent(
        site, site.browser("ada"), number, [each for each in chosen if each.file not in typed]
    )
    found = [each for each in found if each.file in read or not _asks_no_more(each, slug)]
    others = _sent(site, site.browser("bob"), number, [each for each in found if each.file not in read])
    site.grading.wait()
    differing = []
    for sample in found:
        handed_in = read.get(sample.file) or others[sample.file]
        said = samples.differences(sample, whole.assignment, _report(site, handed_in))
        differing += [f"{sample.file}: {each}" for each in said]
        if sample.file in read:
            page.goto(f"/submissions/{handed_in}")
            differing += _differing(page, sample, most)
    assert differing == []
    assert set(_regrade(site, number, whole)) == {Way.SAME}
