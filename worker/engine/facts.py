"""Messages in, values of the model out, and the other way round for what is asked.

Verdicts and visibilities are parsed strictly: a word that the model does not know raises ValueError,
which the engine takes for a fault of ours.
"""

from msgspec import structs

from grader import model
from worker.wire import exam, message


def case_result(done: exam.CaseDone) -> model.CaseResult:
    """Return the case as a value of the model."""
    return model.CaseResult(
        id=done.id,
        name=done.name,
        function=done.function,
        verdict=model.Verdict(done.verdict),
        fact=model.Fact(done.code, done.values),
        parts=done.parts,
        weight=done.weight,
        visibility=model.Visibility(done.visibility) if done.visibility else None,
        description=done.description,
        output=done.output,
        seconds=done.seconds,
        deviation=done.deviation,
    )


def finding(found: message.Finding) -> model.Finding:
    """Return a static finding as a value of the model."""
    return model.Finding(found.kind, found.what, found.file, found.line, found.column, found.where)


def diagnosis(said: exam.Diagnosis) -> model.Diagnosis:
    """Return a diagnosis as a value of the model; raises ValueError for words that the model lacks."""
    words = structs.asdict(said)
    return model.Diagnosis(**words | {"kind": model.DiagnosisKind(said.kind), "sure": model.Sure(said.sure)})


def note(noted: message.Note) -> model.Fact:
    """Return a note as a value of the model."""
    return model.Fact(noted.code, noted.values)


def job(submission: model.Submission, assignment: model.Assignment, seed: int, device: str) -> message.Job:
    """Return what the keeper needs to box the submission."""
    limits, forbidden = assignment.limits, assignment.forbidden
    return message.Job(
        files=dict(submission.files),
        entry=assignment.entry,
        seed=seed,
        device=device,
        limits=message.BoxLimits(
            import_seconds=limits.import_seconds,
            total_seconds=limits.import_seconds + limits.total_seconds,
            memory_bytes=limits.memory_bytes,
            processes=limits.processes,
            output_bytes=limits.output_bytes,
        ),
        ban=message.Ban(autograd=forbidden.autograd.value, modules=forbidden.modules, names=forbidden.names),
    )


def exam_of(
    suite: model.Suite, seed: int, device: str, *, measure: bool = False, only: tuple[str, ...] = ()
) -> exam.Exam:
    """Return what the examiner needs to examine a submission with this suite."""
    assignment = suite.assignment
    limits = assignment.limits
    return exam.Exam(
        suite=suite.digest,
        functions=tuple(function.name for function in assignment.functions),
        module=assignment.module,
        seed=seed,
        device=device,
        isolation=assignment.isolation.value,
        test_seconds=limits.test_seconds,
        total_seconds=limits.total_seconds,
        output_bytes=limits.output_bytes,
        memory_bytes=limits.memory_bytes,
        scripts={
            name: exam.ScriptPlan(function=script.function, verdicts=script.verdicts)
            for name, script in assignment.scripts.items()
        },
        breach=assignment.forbidden.breach.value,
        autograd=assignment.forbidden.autograd.value,
        measure=measure,
        only=only,
    )
