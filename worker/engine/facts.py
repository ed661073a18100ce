"""Messages in, values of the model out, and the other way round for what is asked.

Verdicts and visibilities are parsed strictly: a word that the model does not know raises ValueError,
which the engine takes for a fault of ours.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import structs

from grader import model
from worker.engine.sources import Sources
from worker.wire import exam, message, patience

# Tests derive their seeds from the grading's by another hash (worker.examiner.check).
BOX_SEED_DOMAIN = b"seed of a box\0"


def case_result(done: exam.CaseDone, sources: Sources) -> model.CaseResult:
    """Return the case as a value of the model, with places that are in the sources."""
    return model.CaseResult(
        id=done.id,
        name=done.name,
        function=done.function,
        verdict=model.Verdict(done.verdict),
        fact=sources.fact(model.Fact(done.code, done.values)),
        parts=done.parts,
        weight=done.weight,
        visibility=model.Visibility(done.visibility) if done.visibility else None,
        description=done.description,
        output=done.output,
        seconds=done.seconds,
        deviation=done.deviation,
    )


def finding(said: message.Finding, sources: Sources) -> model.Finding:
    """Return a static finding as a value of the model, with a place that is in the sources."""
    found = sources.finding(said)
    return model.Finding(found.kind, found.what, found.file, found.line, found.column, found.where)


def diagnosis(said: exam.Diagnosis) -> model.Diagnosis:
    """Return a diagnosis as a value of the model; raises ValueError for words that the model lacks."""
    return model.Diagnosis(
        kind=model.DiagnosisKind(said.kind),
        code=said.code,
        function=said.function,
        cases=said.cases,
        sure=model.Sure(said.sure),
        places=_terms(said.places),
        operation=said.operation,
        traits=_terms(said.traits),
        factor=said.factor,
        within=said.within,
        others=tuple(model.Other(each.mistake, _terms(each.places), each.operation) for each in said.others),
        names=said.names,
        nodes=said.nodes,
        because=said.because,
    )


def _terms(said: tuple[exam.Term, ...]) -> tuple[model.Term, ...]:
    return tuple(model.Term(each.word, each.of) for each in said)


def note(noted: message.Note, sources: Sources) -> model.Fact:
    """Return a note as a value of the model, with places that are in the sources."""
    return sources.fact(model.Fact(noted.code, noted.values))


@dataclass(frozen=True)
class Sitting:
    """One entry's part of a grading: what its keeper and the examiner are told."""

    entry: model.Entry
    job: message.Job
    exam: exam.Exam


def sittings(
    submission: model.Submission,
    suite: model.Suite,
    seed: int,
    device: str,
    *,
    measure: bool = False,
    only: tuple[str, ...] = (),
) -> tuple[Sitting, ...]:
    """Return a sitting for each entry that is asked for anything; ``only``: for these functions."""
    assignment = suite.assignment
    planned = []
    for entry in assignment.loaded:
        names = tuple(each.name for each in assignment.functions_of(entry))
        # Without further entries, tests count that no function is declared for, so that staff hears of them.
        asked = tuple(each for each in names if not only or each in only) if assignment.entries else only
        if asked or not assignment.entries:
            told = _exam(suite, entry, names, seed, device)
            told = structs.replace(told, measure=measure, only=asked)
            job = _job(_files(submission, suite, entry), entry, seed, device)
            others = tuple(each.file for each in assignment.loaded if each.file != entry.file)
            planned.append(Sitting(entry, structs.replace(job, others=others), told))
    return tuple(planned)


def _files(submission: model.Submission, suite: model.Suite, entry: model.Entry) -> dict[str, bytes]:
    """Return what lies in the box: the submission, and over it what the assignment mounts.

    A file of the submission that takes a mounted one for a folder, or the other way round, gives way.
    Where something is forbidden, other entries for which another rule holds are left out.
    """
    others = {
        each.file
        for each in suite.assignment.loaded
        if each.file != entry.file and each.forbidden != entry.forbidden
    }
    left_out = others if entry.forbidden != model.Forbidden() else set()
    own = {
        name: content
        for name, content in submission.files.items()
        if name not in left_out and not _in_the_way(name, suite.mounted)
    }
    return own | dict(suite.mounted)


def _in_the_way(name: str, mounted: Mapping[str, bytes]) -> bool:
    return any(name.startswith(f"{other}/") or other.startswith(f"{name}/") for other in mounted)


def _job(files: dict[str, bytes], entry: model.Entry, seed: int, device: str) -> message.Job:
    """Return what the keeper needs to box an entry."""
    limits, forbidden = entry.limits, entry.forbidden
    return message.Job(
        files=files,
        entry=entry.file,
        seed=box_seed(seed),
        device=device,
        limits=message.BoxLimits(
            import_seconds=limits.import_seconds,
            cell_seconds=limits.cell_seconds,
            total_seconds=patience.box(limits.import_seconds, limits.total_seconds),
            memory_bytes=limits.memory_bytes,
            processes=limits.processes,
            output_bytes=limits.output_bytes,
            file_bytes=message.BoxLimits().file_bytes + sum(map(len, files.values())),
        ),
        ban=message.Ban(autograd=forbidden.autograd.value, modules=forbidden.modules, names=forbidden.names),
    )


def box_seed(seed: int) -> int:
    """Return the seed a box is given: repeatable, and nothing of the questions' seed follows from it."""
    digest = hashlib.sha256(BOX_SEED_DOMAIN + str(seed).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def _exam(
    suite: model.Suite, entry: model.Entry, functions: tuple[str, ...], seed: int, device: str
) -> exam.Exam:
    """Return what the examiner needs to examine an entry with this suite."""
    assignment, limits = suite.assignment, entry.limits
    return exam.Exam(
        suite=suite.digest,
        functions=functions,
        module=entry.module,
        seed=seed,
        device=device,
        isolation=assignment.isolation.value,
        test_seconds=limits.test_seconds,
        total_seconds=limits.total_seconds,
        import_seconds=limits.import_seconds,
        output_bytes=limits.output_bytes,
        memory_bytes=limits.memory_bytes,
        scripts={
            name: exam.ScriptPlan(function=script.function, verdicts=script.verdicts)
            for name, script in assignment.scripts.items()
        },
        breach=entry.forbidden.breach.value,
        autograd=entry.forbidden.autograd.value,
        optional=entry.optional,
    )
