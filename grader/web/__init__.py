"""What people see in a browser: a Flask application made by ``create_app``.

``app``      puts the application together
``site``     what views work with: database, clock, who asks        ``signing_in``  who is signed in
``safety``   cookies, headers, CSRF, rate limits                    ``failures``    pages for what went wrong
``sign_in_pages``, ``student``, ``teams``, ``staff``   the pages    ``result``      what a result's page shows
``sheet``    an assignment's text and handout                       ``intake``      uploads as hand-ins
``formats``  numbers, dates and verdicts as people write them

Views check who may see what through ``grader.services.people.access`` and never build a query of their own.
"""

from grader.web.app import create_app

__all__ = ["create_app"]
