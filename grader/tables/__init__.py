"""The tables. Queries on them are in ``grader.store``; nothing else reads or writes them."""

from grader.tables.base import Base
from grader.tables.courses import Assignment, Blob, Course, Extension, Suite, SuiteFile, Team, TeamMember
from grader.tables.drafts import Draft, DraftFile, Trial
from grader.tables.frozen import LOOSE
from grader.tables.gradings import (
    CaseResult,
    Grading,
    ManualScore,
    Override,
    Submission,
    SubmissionFile,
)
from grader.tables.judgement import Comment, Excuse, RegradeRequest, RubricItem, RubricPick
from grader.tables.people import Enrolment, Invitation, Token, User
from grader.tables.records import AuditEntry, Lease, Worker
from grader.tables.regrades import ONLY, Regrade
from grader.tables.words import (
    Forgetting,
    Kind,
    Queue,
    RegradeState,
    RequestState,
    Role,
    TrialKind,
    TrialState,
    Which,
)

__all__ = [
    "LOOSE",
    "ONLY",
    "Assignment",
    "AuditEntry",
    "Base",
    "Blob",
    "CaseResult",
    "Comment",
    "Course",
    "Draft",
    "DraftFile",
    "Enrolment",
    "Excuse",
    "Extension",
    "Forgetting",
    "Grading",
    "Invitation",
    "Kind",
    "Lease",
    "ManualScore",
    "Override",
    "Queue",
    "Regrade",
    "RegradeRequest",
    "RegradeState",
    "RequestState",
    "Role",
    "RubricItem",
    "RubricPick",
    "Submission",
    "SubmissionFile",
    "Suite",
    "SuiteFile",
    "Team",
    "TeamMember",
    "Token",
    "Trial",
    "TrialKind",
    "TrialState",
    "User",
    "Which",
    "Worker",
]
