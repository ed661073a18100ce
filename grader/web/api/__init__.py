"""The JSON API under ``/api/v1``, for programs: a token signs in, and nothing else does.

``bearer``   who asks, by the token        ``failures``  one shape for every error
``filling``  rows as ``grader.forms.result_structs``
``routes``   the addresses               ``document``  OpenAPI
``regrades``  the addresses of regrades

Cookies are not looked at here, so there is nothing for another site to forge: CSRF tokens are asked for
everywhere else.
"""

from grader.web.api import regrades
from grader.web.api.routes import install

__all__ = ["install", "regrades"]
