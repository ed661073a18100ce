"""The tables. Queries on them are in ``grader.database.store``; nothing else reads or writes them."""

from grader.database.tables.base import Base
from grader.database.tables.courses import (
    AssignmentRow,
    Blob,
    Course,
    Extension,
    SuiteFile,
    SuiteRow,
    Team,
    TeamMember,
)
from grader.database.tables.drafts import Draft, DraftFile, Trial
from grader.database.tables.frozen import LOOSE
from grader.database.tables.gradings import (
    CaseResultRow,
    Grading,
    ManualScore,
    Override,
    SubmissionFile,
    SubmissionRow,
)
from grader.database.tables.judgement import Comment, Excuse, RegradeRequest, RubricItem, RubricPick
from grader.database.tables.people import Enrolment, Invitation, Token, User
from grader.database.tables.records import AuditEntry, Lease, Worker
from grader.database.tables.regrades import ONLY, Regrade
from grader.database.tables.words import (
    Forgetting,
    GradingKind,
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
    "AssignmentRow",
    "AuditEntry",
    "Base",
    "Blob",
    "CaseResultRow",
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
    "GradingKind",
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
    "SubmissionRow",
    "SubmissionFile",
    "SuiteRow",
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
