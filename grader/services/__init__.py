"""Use cases. Each function is (part of) one transaction of the caller:

    with database.transaction() as session:
        handed = handing_in.submit(session, user, assignment, files, received_at=…, secret=…)
    dispatcher.send(handed.grading_id)

What goes wrong is raised as one of ``grader.errors``, and then nothing has changed. Every change by
somebody is in the audit log.
"""
