"""The processes of a service, as docs/design.md draws them: who starts whom, and what connects them.

`tests/test_docs.py` holds each row to the code: what it runs and what starts it exist, and that calls `by`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """A process or a thread.

    runs     the function or class in the code that it is; nothing for a foreign program
    starts   the function that starts it, and ``by`` which call
    parent   whose child it is, by name
    """

    name: str
    text: str
    runs: str
    parent: str = ""
    starts: str = ""
    by: str = ""


@dataclass(frozen=True)
class Connection:
    """What one process tells another. ``messages``: in ``worker.wire``; ``back``: from second to first."""

    first: str
    second: str
    text: str
    messages: tuple[str, ...] = ()
    back: bool = False


_CHILD = ("grader.serving.programs.Program.start", "subprocess.Popen")
_ZYGOTE = ("worker.sandbox.process.Process._run", "subprocess.Popen")

PROCESSES = (
    Process("serve", "chainrule serve\nstarts and restarts its children", "grader.serving.one_machine.serve"),
    Process("web", "web server\npages and API", "grader.serving.web_server.run", "serve", *_CHILD),
    Process("redis", "Redis\ndelivers numbers of gradings", "", "serve", *_CHILD),
    Process("worker", "worker\nqueue, sweep, zygotes", "worker.service.celery_app.work", "serve", *_CHILD),
    Process(
        "pool",
        "pool process\nthe engine: one grading at a time",
        "worker.service.queued_grading.run",
        "worker",
        "worker.service.celery_app._worker",
        "app.Worker",
    ),
    Process(
        "examiner",
        "examiner\ntorch, pytest, reference",
        "worker.examiner.zygote.main",
        "worker",
        *_ZYGOTE,
    ),
    Process(
        "suite",
        "suite process\ntests collected once",
        "worker.examiner.suite.serve_suite",
        "examiner",
        "worker.examiner.zygote.Examiner._start",
        "os.fork",
    ),
    Process(
        "exam",
        "exam\none grading, test by test",
        "worker.examiner.exam.Grading",
        "suite",
        "worker.examiner.suite.SuiteProcess._take",
        "os.fork",
    ),
    Process(
        "script",
        "script\nan old-style script",
        "worker.examiner.stage.Stage.play",
        "exam",
        "worker.examiner.scripts.ScriptRunner.run",
        "os.fork",
    ),
    Process(
        "porter",
        "guest: porter\naccepts gradings; no torch",
        "worker.guest.zygote.main",
        "worker",
        *_ZYGOTE,
    ),
    Process(
        "keeper",
        "keeper (thread)\nwatches one box",
        "worker.sandbox.keeper.keep",
        "porter",
        "worker.sandbox.porter._admit",
        "threading.Thread",
    ),
    Process(
        "warm",
        "warm process\ntorch, one thread",
        "worker.guest.zygote.Warm.run",
        "porter",
        "worker.guest.zygote._enclose",
        "os.fork",
    ),
    Process(
        "checkpoint",
        "box: checkpoint\nthe submission, imported",
        "worker.guest.checkpoint.run",
        "warm",
        "worker.guest.zygote.Warm._fork",
        "os.fork",
    ),
    Process(
        "session",
        "box: session\nanswers calls",
        "worker.guest.session.serve",
        "checkpoint",
        "worker.guest.checkpoint._serve",
        "os.fork",
    ),
)

CONNECTIONS = (
    Connection("web", "redis", "number of a grading"),
    Connection("redis", "worker", "number of a grading"),
    Connection("pool", "keeper", "job", ("message.Job",)),
    Connection("pool", "examiner", "exam, with the keeper's socket", ("exam.Exam",)),
    Connection("pool", "exam", "test cases, diagnoses", ("exam.CaseDone", "exam.Done"), back=True),
    Connection("keeper", "warm", "orders a box"),
    Connection("keeper", "checkpoint", "job, fork", ("message.Job", "message.Fork")),
    Connection("keeper", "exam", "open, kill", ("message.Open", "message.Kill"), back=True),
    Connection("exam", "session", "calls, replies", ("message.Request", "message.Reply")),
)
