"""Who may import whom: room → what of ours it may import besides itself (docs/design.md, Rooms).

A room is a package with modules in it; a module that lies loose at the top of `grader` or `worker` is one of
its own. A name without a dot allows all rooms below it. A test refuses what no module needs any more.
"""

ALLOWED: dict[str, frozenset[str]] = {
    room: frozenset(others.split())
    for room, others in {
        "grader.__main__": "grader.cli",
        "grader.arithmetic": "grader.errors grader.model",
        "grader.assignment": "grader.errors grader.model grader.picture grader.reading grader.verifying",
        "grader.bootstrap": (
            "grader.assignment grader.config grader.database grader.errors grader.logs grader.model "
            "grader.queue grader.serving worker.engine worker.sandbox worker.service"
        ),
        "grader.cli": (
            "grader.arithmetic grader.assignment grader.bootstrap grader.cli.authoring grader.clock "
            "grader.config grader.database grader.database.migrations grader.database.store "
            "grader.database.tables grader.errors grader.feedback grader.forms grader.model "
            "grader.queue grader.reading grader.render grader.services grader.services.courses "
            "grader.services.grading grader.services.people grader.services.regrades "
            "grader.services.reports grader.verifying"
        ),
        "grader.cli.authoring": (
            "grader.arithmetic grader.assignment grader.bootstrap grader.config grader.errors "
            "grader.model grader.queue grader.reading grader.render grader.verifying"
        ),
        "grader.clock": "",
        "grader.config": "grader.errors grader.model",
        "grader.database": "grader.clock grader.database.tables grader.errors grader.model",
        "grader.database.migrations": ("grader.database grader.database.tables grader.errors grader.model"),
        "grader.database.migrations.versions": "",
        "grader.database.store": (
            "grader.arithmetic grader.database grader.database.migrations grader.database.tables "
            "grader.errors grader.model"
        ),
        "grader.database.tables": "grader.arithmetic grader.model",
        "grader.errors": "",
        "grader.feedback": "grader.arithmetic grader.feedback.mistakes grader.model grader.picture",
        "grader.feedback.mistakes": "grader.model",
        "grader.forms": "",
        "grader.logs": "",
        "grader.model": "grader.errors",
        "grader.picture": "grader.errors grader.model",
        "grader.queue": (
            "grader.arithmetic grader.clock grader.config grader.database grader.database.store "
            "grader.database.tables grader.errors grader.feedback grader.forms grader.model "
            "grader.reading grader.services.grading grader.services.regrades"
        ),
        "grader.reading": "grader.errors grader.feedback grader.model",
        "grader.render": (
            "grader.arithmetic grader.errors grader.feedback grader.feedback.mistakes grader.forms "
            "grader.model grader.reading grader.verifying"
        ),
        "grader.services": "grader.database grader.database.tables",
        "grader.services.courses": (
            "grader.arithmetic grader.assignment grader.database grader.database.store "
            "grader.database.tables grader.errors grader.feedback grader.model grader.reading "
            "grader.services grader.services.people"
        ),
        "grader.services.grading": (
            "grader.arithmetic grader.database grader.database.store grader.database.tables "
            "grader.errors grader.feedback grader.model grader.picture grader.reading grader.services "
            "grader.services.courses grader.services.judgement grader.services.people"
        ),
        "grader.services.judgement": (
            "grader.arithmetic grader.database grader.database.store grader.database.tables "
            "grader.errors grader.model grader.services grader.services.courses "
            "grader.services.people"
        ),
        "grader.services.people": (
            "grader.database grader.database.store grader.database.tables grader.errors grader.model "
            "grader.services"
        ),
        "grader.services.regrades": (
            "grader.arithmetic grader.database grader.database.store grader.database.tables "
            "grader.errors grader.forms grader.model grader.services grader.services.courses "
            "grader.services.grading grader.services.people"
        ),
        "grader.services.reports": (
            "grader.arithmetic grader.database grader.database.store grader.database.tables "
            "grader.errors grader.feedback grader.model grader.render grader.services "
            "grader.services.courses grader.services.grading grader.services.judgement "
            "grader.services.tests"
        ),
        "grader.services.tests": (
            "grader.arithmetic grader.assignment grader.database grader.database.store "
            "grader.database.tables grader.errors grader.feedback grader.model grader.reading "
            "grader.services grader.services.courses grader.services.grading grader.services.people "
            "grader.verifying"
        ),
        "grader.serving": (
            "grader.arithmetic grader.clock grader.config grader.database grader.database.migrations "
            "grader.database.tables grader.errors grader.logs grader.model grader.queue "
            "grader.services.people grader.web grader.web.frame"
        ),
        "grader.verifying": "grader.arithmetic grader.errors grader.feedback grader.model grader.reading",
        "grader.web": (
            "grader.arithmetic grader.assignment grader.clock grader.config grader.database "
            "grader.queue grader.verifying grader.web.accounts grader.web.api grader.web.assignment "
            "grader.web.course grader.web.frame grader.web.regrades grader.web.result grader.web.tests"
        ),
        "grader.web.accounts": (
            "grader.database grader.database.store grader.database.tables grader.errors grader.model "
            "grader.services grader.services.people grader.services.reports grader.web.frame"
        ),
        "grader.web.api": (
            "grader.database grader.database.store grader.database.tables grader.errors grader.feedback "
            "grader.forms grader.model grader.render grader.services grader.services.courses "
            "grader.services.grading grader.services.people grader.services.regrades grader.web.frame "
            "grader.web.regrades"
        ),
        "grader.web.assignment": (
            "grader.arithmetic grader.assignment grader.database grader.database.store "
            "grader.database.tables grader.errors grader.feedback grader.model grader.reading "
            "grader.render grader.services grader.services.courses grader.services.grading "
            "grader.services.judgement grader.services.people grader.services.reports "
            "grader.services.tests grader.web.frame"
        ),
        "grader.web.course": (
            "grader.arithmetic grader.assignment grader.database.store grader.database.tables "
            "grader.errors grader.feedback grader.model grader.reading grader.render grader.services "
            "grader.services.courses grader.services.grading grader.services.people "
            "grader.services.reports grader.services.tests grader.web.assignment grader.web.frame "
            "grader.web.result grader.web.tests"
        ),
        "grader.web.frame": (
            "grader.arithmetic grader.clock grader.config grader.database grader.database.migrations "
            "grader.database.store grader.database.tables grader.errors grader.feedback grader.model "
            "grader.queue grader.reading grader.services grader.services.grading grader.verifying"
        ),
        "grader.web.regrades": (
            "grader.arithmetic grader.database.store grader.database.tables grader.errors "
            "grader.model grader.render grader.services grader.services.people "
            "grader.services.regrades grader.services.reports grader.web.frame"
        ),
        "grader.web.result": (
            "grader.arithmetic grader.database.store grader.database.tables grader.errors "
            "grader.feedback grader.model grader.picture grader.services grader.services.courses "
            "grader.services.grading grader.services.judgement grader.services.people "
            "grader.services.reports grader.web.frame"
        ),
        "grader.web.tests": (
            "grader.arithmetic grader.database grader.database.store grader.database.tables "
            "grader.errors grader.feedback grader.model grader.reading grader.services "
            "grader.services.courses grader.services.people grader.services.reports "
            "grader.services.tests grader.verifying grader.web.frame grader.web.result"
        ),
        "reference": "",
        "worker.engine": "grader.model worker.sandbox worker.wire",
        "worker.examiner": "grader.model reference worker.forking worker.wire",
        "worker.forking": "",
        "worker.guest": "worker.forking worker.sandbox worker.wire",
        "worker.sandbox": "worker.wire",
        "worker.service": (
            "grader.clock grader.config grader.database grader.database.store grader.database.tables "
            "grader.errors grader.logs grader.model grader.queue grader.services.grading worker.engine "
            "worker.sandbox worker.wire"
        ),
        "worker.wire": "",
        "hidden_tests": "reference",
        "benchmarks": "grader worker reference",
    }.items()
}
