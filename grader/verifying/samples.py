"""What an assignment's sample submissions must get, and whether they got it.

``submissions/expected.toml`` lists them (see `_sample`); a sample is there as files, or the list gives it as
a change to one that is (`sample_changes`). Without a list the folder's name says what is expected:
``accepted`` full points, any other the verdict of that name for at least one function. The handout's starter
file needs no list: it gets 0 points.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from grader.arithmetic import scoring
from grader.errors import AssignmentError
from grader.feedback.catalogue import FOR_STAFF, advice, message
from grader.model import Assignment, Report, Status, Submission, Verdict, schema
from grader.model.language import _
from grader.verifying import sample_changes
from grader.verifying.sample_changes import ACCEPTED, Made

FOLDER = "submissions"
LIST = f"{FOLDER}/expected.toml"
HANDOUT = "handout"
TOLERANCE = 0.01  # points; the list rounds to two digits
# Folder names of contest archives, for the verdicts that are called otherwise here.
FOLDER_VERDICTS: Mapping[str, Verdict] = {
    "wrong_answer": Verdict.FAILED,
    "run_time_error": Verdict.ERROR,
    "time_limit": Verdict.TIMEOUT,
    "time_limit_exceeded": Verdict.TIMEOUT,
    **{verdict.value: verdict for verdict in Verdict},
}


@dataclass(frozen=True)
class Sample:
    """One sample and what it must get; None where nothing is said.

    ``failed`` has patterns of function/case; exactly the scored cases that match one must not pass.
    ``somewhere`` is a verdict that at least one function must have. ``diagnoses`` has the codes of the
    mistakes that must be named, by function; functions that are not in it must get none. ``made``: how it was
    made of another sample, None for one that is there as files. ``odd``: a function that must get no points
    (grader.verifying.odd_answers), empty for samples of the assignment.
    """

    file: str
    submission: Submission
    score: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    failed: tuple[str, ...] | None = None
    load: str = ""
    verdicts: Mapping[str, Verdict] | None = None
    somewhere: Verdict | None = None
    diagnoses: Mapping[str, Sequence[str]] | None = None
    made: Made | None = None
    odd: str = ""


def samples(files: Mapping[str, bytes], assignment: Assignment, where: str) -> tuple[Sample, ...]:
    """Return the samples of an assignment folder, given all its files."""
    found = [*_handout(files, assignment)]
    if LIST in files:
        table, rows, made = _listed(files, where)
        found += [_sample(each, files, made, assignment) for each in rows]
        table.done()
    else:
        found += _by_folder(files, assignment)
    return tuple(found)


def as_files(files: Mapping[str, bytes], where: str) -> dict[str, bytes]:
    """Return the files of all samples by their place in their folder, given all files of an assignment."""
    made = _listed(files, where)[2] if LIST in files else {}
    there = {name: each for name, each in files.items() if name.startswith(f"{FOLDER}/") and name != LIST}
    for each in made.values():
        there |= each.files
    return {name.removeprefix(f"{FOLDER}/"): there[name] for name in sorted(there)}


def _listed(
    files: Mapping[str, bytes], where: str
) -> tuple[schema.Table, Sequence[schema.Table], Mapping[str, Made]]:
    """Return the list, its rows, and the samples that they give as changes."""
    table = schema.parse(files[LIST], f"{where}/{LIST}", AssignmentError)
    rows = table.tables("samples")
    return table, rows, sample_changes.made(rows, files, FOLDER)


def _handout(files: Mapping[str, bytes], assignment: Assignment) -> Iterator[Sample]:
    starters = {
        each.file: files[f"{HANDOUT}/{each.file}"]
        for each in assignment.loaded
        if f"{HANDOUT}/{each.file}" in files
    }
    if starters:
        yield Sample(f"{HANDOUT}/{next(iter(starters))}", Submission(starters), score=0.0)


def _sample(
    table: schema.Table, files: Mapping[str, bytes], changes: Mapping[str, Made], assignment: Assignment
) -> Sample:
    file = table.text("file")
    made = changes.get(file)
    submission = _submission(made.files if made else files, f"{FOLDER}/{file}", assignment)
    if submission is None:
        raise table.refuse("file", _("missing file %(folder)s/%(file)s", folder=FOLDER, file=file))
    table.text("why", "")
    table.texts("covers")
    table.truth("needs_box", default=False)
    said = table.names()
    sample = Sample(
        file=f"{FOLDER}/{file}",
        submission=submission,
        score=table.number("score") if "score" in said else _score_by_folder(file, assignment),
        scores=_scores(table.table("scores"), assignment),
        failed=table.texts("failed") if "failed" in said else None,
        load=table.text("load", ""),
        verdicts=_verdicts(table.table("verdicts"), assignment),
        diagnoses=_diagnoses(table.table("diagnoses"), assignment) if "diagnoses" in said else None,
        made=made,
    )
    table.done()
    return sample


def _submission(files: Mapping[str, bytes], path: str, assignment: Assignment) -> Submission | None:
    """Return the sample at `path`, a file or a folder with an entry in it; None when there is none."""
    if path in files:
        return Submission({assignment.entry: files[path]})
    within = {name.removeprefix(f"{path}/"): files[name] for name in files if name.startswith(f"{path}/")}
    return Submission(within) if any(each.file in within for each in assignment.loaded) else None


def _score_by_folder(file: str, assignment: Assignment) -> float | None:
    return full_points(assignment) if PurePosixPath(file).parts[0] == ACCEPTED else None


def gaps(expected: tuple[Sample, ...], assignment: Assignment) -> list[str]:
    """Return in words what the samples leave unproved."""
    full = full_points(assignment)
    right = any(is_full(sample, assignment) for sample in expected)
    wrong = any(sample.file.startswith(f"{FOLDER}/") and sample.score != full for sample in expected)
    handout = any(sample.file.startswith(f"{HANDOUT}/") for sample in expected)
    return [
        text
        for known, text in (
            (
                right,
                _(
                    "no sample gets all points: add a solution to %(folder)s/%(accepted)s/",
                    folder=FOLDER,
                    accepted=ACCEPTED,
                ),
            ),
            (wrong, _("no sample is incorrect, so nothing shows that the tests find mistakes")),
            (
                handout,
                _(
                    "missing %(handout)s/%(entry)s, so nothing shows that it gets 0 points",
                    handout=HANDOUT,
                    entry=assignment.entry,
                ),
            ),
        )
        if not known
    ]


def is_full(sample: Sample, assignment: Assignment) -> bool:
    """Say whether a sample must get all points; bonus may come on top."""
    return sample.score is not None and sample.score >= full_points(assignment) - TOLERANCE


def full_points(assignment: Assignment) -> float:
    """Return what a right sample gets: all points without bonus, or all bonus where there are no others."""
    return scoring.most_points(assignment) or sum(each.points for each in assignment.functions)


def _scores(table: schema.Table, assignment: Assignment) -> Mapping[str, float]:
    _check_functions(table, assignment)
    return {name: table.number(name) for name in table.names()}


def _verdicts(table: schema.Table, assignment: Assignment) -> Mapping[str, Verdict]:
    _check_functions(table, assignment)
    return {name: table.choice(name, Verdict.FAILED) for name in table.names()}


def _diagnoses(table: schema.Table, assignment: Assignment) -> Mapping[str, Sequence[str]]:
    _check_functions(table, assignment)
    return {name: table.texts(name) for name in table.names()}


def _check_functions(table: schema.Table, assignment: Assignment) -> None:
    known = [function.name for function in assignment.functions]
    for name in table.names():
        if name not in known:
            raise table.refuse(name, _("this is not a function"), schema.did_you_mean(name, known))


def _by_folder(files: Mapping[str, bytes], assignment: Assignment) -> Iterator[Sample]:
    full = full_points(assignment)
    for name, submission in _found(files, assignment):
        folders = PurePosixPath(name).parts[1:]
        if folders[0] == ACCEPTED:
            yield Sample(name, submission, score=full)
        elif folders[0] in FOLDER_VERDICTS:
            yield Sample(name, submission, somewhere=FOLDER_VERDICTS[folders[0]])
        else:
            raise AssignmentError(
                _("“%(folder)s” is not a verdict", folder=folders[0]),
                where=name,
                cure=schema.did_you_mean(folders[0], [ACCEPTED, *FOLDER_VERDICTS]),
            )


def _found(files: Mapping[str, bytes], assignment: Assignment) -> Iterator[tuple[str, Submission]]:
    """Yield the samples by their place: a file below a verdict's folder, or a folder there with an entry."""
    names = sorted(name for name in files if name.startswith(f"{FOLDER}/") and name.count("/") > 1)
    folders = dict.fromkeys("/".join(name.split("/")[:3]) for name in names).keys() - files.keys()
    whole = {each: found for each in sorted(folders) if (found := _submission(files, each, assignment))}
    yield from whole.items()
    for name in names:
        if name.endswith(".py") and not any(name.startswith(f"{each}/") for each in whole):
            yield name, Submission({assignment.entry: files[name]})


def differences(sample: Sample, assignment: Assignment, report: Report) -> list[str]:
    """Return in words how the sample's result differs from what is expected; empty if it does not."""
    scores = scoring.score(assignment, report)
    if scores is None or report.status is not Status.GRADED:
        return [_("it was not graded: %(why)s", why=report.why or _("our fault"))]
    found = [
        *_odd(sample, scores),
        *_total(sample, scores),
        *_functions(sample, scores),
        *_cases(sample, scores),
        *_named(sample, assignment, report),
    ]
    if sample.load and report.load.code != sample.load:
        found.append(_("loading ended with %(code)s, not %(load)s", code=report.load.code, load=sample.load))
    if sample.somewhere and sample.somewhere not in {each.verdict for each in scores.functions}:
        found.append(_("no function ended with %(verdict)s", verdict=sample.somewhere.value))
    return [*_about_the_tests(scores, report, differs=bool(found)), *found]


def _about_the_tests(scores: scoring.Score, report: Report, *, differs: bool) -> Iterator[str]:
    """Yield what staff must know of the tests; that a function has none, if there is a difference."""
    for fact in (*report.notes, *scores.notes):
        if fact.code in FOR_STAFF and (differs or fact.code != "no_cases"):
            yield f"{message(fact)} {advice(fact)}".removesuffix(".")


def _odd(sample: Sample, scores: scoring.Score) -> Iterator[str]:
    for each in scores.functions:
        if each.function.name == sample.odd and each.score > TOLERANCE:
            points = scoring.points_text(each.score)
            yield _("%(odd)s gets %(points)s points for that, not 0.00", odd=sample.odd, points=points)


def _total(sample: Sample, scores: scoring.Score) -> Iterator[str]:
    if sample.score is not None and _differ(scores.score, sample.score):
        yield _(
            "%(points)s points, not %(wanted)s",
            points=scoring.points_text(scores.score),
            wanted=scoring.points_text(sample.score),
        )


def _differ(points: float, wanted: float) -> bool:
    return abs(points - wanted) > TOLERANCE


def _functions(sample: Sample, scores: scoring.Score) -> Iterator[str]:
    for each in scores.functions:
        name = each.function.name
        if name in sample.scores and _differ(each.score, sample.scores[name]):
            wanted = scoring.points_text(sample.scores[name])
            yield _(
                "%(name)s %(score)s points, not %(wanted)s",
                name=name,
                score=scoring.points_text(each.score),
                wanted=wanted,
            )
        if (
            sample.verdicts is not None
            and name in sample.verdicts
            and each.verdict is not sample.verdicts[name]
        ):
            yield _(
                "%(name)s %(verdict)s, not %(wanted)s",
                name=name,
                verdict=each.verdict.value,
                wanted=sample.verdicts[name].value,
            )
        elif _should_be_plain(sample, name) and each.verdict is not _plain(sample.scores[name], each):
            yield _(
                "%(name)s %(verdict)s, not %(wanted)s",
                name=name,
                verdict=each.verdict.value,
                wanted=_plain(sample.scores[name], each).value,
            )


def _should_be_plain(sample: Sample, name: str) -> bool:
    """Say whether the list leaves a function's verdict to its points: passed for all, failed for less."""
    named = sample.verdicts is not None and name in sample.verdicts
    return not named and name in sample.scores and not sample.load


def _plain(points: float, scored: scoring.FunctionScore) -> Verdict:
    return Verdict.PASSED if points >= scored.function.points - TOLERANCE else Verdict.FAILED


def _cases(sample: Sample, scores: scoring.Score) -> Iterator[str]:
    """Compare the cases that failed with the patterns; a file that doesn't load has no cases to compare."""
    if sample.failed is None or sample.load:
        return
    for each in scores.functions:
        for case in each.cases:
            path = f"{each.function.name}/{case.name}"
            wanted = any(fnmatchcase(path, pattern) for pattern in sample.failed)
            if case.weight > 0 and wanted == (case.verdict is Verdict.PASSED):
                verdict = case.verdict.value
                yield (
                    _("%(case)s %(verdict)s, though it must not pass", case=path, verdict=verdict)
                    if wanted
                    else _("%(case)s %(verdict)s, though it must pass", case=path, verdict=verdict)
                )


def _named(sample: Sample, assignment: Assignment, report: Report) -> Iterator[str]:
    """Compare the diagnoses; where everything is right there must be none, whatever the list says."""
    right = is_full(sample, assignment)
    wanted = sample.diagnoses if sample.diagnoses is not None else {} if right else None
    if wanted is None:
        return
    for function in assignment.functions:
        name = function.name
        found = sorted(each.code for each in report.diagnoses if each.function == name)
        if found != sorted(wanted.get(name, ())):
            said, asked = ", ".join(found) or _("nothing"), ", ".join(wanted.get(name, ())) or _("nothing")
            yield _("%(name)s is diagnosed as %(said)s, not as %(asked)s", name=name, said=said, asked=asked)
