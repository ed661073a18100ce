"""What a grade is made of: values without behaviour beyond arithmetic on themselves.

An *assignment* asks for *functions*; its *suite* (the hidden tests) has *cases*; a *submission* is a
set of files. A *grading* runs one suite version on one submission and yields a *report*: facts only.
Points come from ``grader.arithmetic.scoring``, sentences from ``grader.feedback``.
"""

from grader.model.assignment import (
    LONGEST_SECONDS,
    LONGEST_TOGETHER_SECONDS,
    MOST_FILES,
    SEEDS,
    Assignment,
    Autograd,
    BonusCap,
    Breach,
    Choice,
    Credit,
    Device,
    Entry,
    Forbidden,
    Function,
    Isolation,
    Limits,
    Manual,
    Script,
    Shown,
    Visibility,
)
from grader.model.diagnosis import Diagnosis, DiagnosisKind, Other, Sentences, Sure, Term
from grader.model.judgement import Given
from grader.model.report import CaseResult, Fact, Finding, Report, Status, Timing, Values, Verdict
from grader.model.suites import MOUNTED, Submission, Suite, digest_files
from grader.model.verdict_table import VERDICTS

__all__ = [
    "Assignment",
    "Autograd",
    "BonusCap",
    "Breach",
    "CaseResult",
    "Choice",
    "Credit",
    "Device",
    "Diagnosis",
    "DiagnosisKind",
    "Entry",
    "Fact",
    "Finding",
    "Forbidden",
    "Function",
    "Given",
    "Isolation",
    "LONGEST_SECONDS",
    "LONGEST_TOGETHER_SECONDS",
    "MOST_FILES",
    "SEEDS",
    "Limits",
    "MOUNTED",
    "Other",
    "Manual",
    "Report",
    "Script",
    "Shown",
    "Status",
    "Submission",
    "Suite",
    "Sure",
    "Term",
    "Timing",
    "Sentences",
    "VERDICTS",
    "Values",
    "Verdict",
    "Visibility",
    "digest_files",
]
