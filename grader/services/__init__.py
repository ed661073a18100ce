"""Use cases. Each function is (part of) one transaction of the caller:

    with database.transaction() as session:
        visit = Visit(session, user, now)
        handed = submitting.submit(visit, assignment, files, received_at=…, secret=…)
    dispatcher.send(handed.grading_id)

A use case that changes something is told by ``act`` who does it, in which session and when; one that only
somebody who is signed in can take, by a ``Visit``. What goes wrong is raised as one of ``grader.errors``, and
then nothing has changed. Every change by somebody is in the audit log.
"""
