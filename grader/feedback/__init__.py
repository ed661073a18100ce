"""What people are told about a grading, and who may see which part of it. Pure: values in, values out.

``catalogue``  code → message and advice           ``values``   the facts' values as words
``summary``    one sentence per function, one per report
``mending``    what to fix, one card per mistake      ``sight``    what one reader may see
``mistakes``   the catalogue of mistakes: code → words  ``mistake_words``  the sentences of a diagnosis
``told``       sentences of results that were kept before there were codes
``manual``   what a person judges
``view``       a report as staff, or as a student at some moment, may see it
``text``       foreign text made fit to be shown
"""

from grader.feedback.catalogue import CATALOGUE, advice, message
from grader.feedback.manual import ManualView
from grader.feedback.sight import Moment
from grader.feedback.values import Reader
from grader.feedback.view import CaseView, FunctionView, View, staff_view, student_view

__all__ = [
    "CATALOGUE",
    "CaseView",
    "FunctionView",
    "ManualView",
    "Moment",
    "Reader",
    "View",
    "advice",
    "message",
    "staff_view",
    "student_view",
]
