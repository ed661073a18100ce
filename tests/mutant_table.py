"""Forty mistakes in what decides on points, dates, walls and access, and the tests that must notice each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """Other text in one file: `old` stands there exactly once. `tests` are what must fail then."""

    file: str
    old: str
    new: str
    tests: str


SCORING, SCORED = "grader/arithmetic/scoring.py", "tests/arithmetic/test_scoring.py"
POLICY, RULED = "grader/arithmetic/deadlines.py", "tests/arithmetic/test_deadlines.py"
TOLERANCE, COMPARED = "reference/tolerance.py", "tests/reference/test_tolerance.py"
LINK, LINKED = "worker/examiner/link.py", "tests/examiner/test_link.py"
ACCESS, ROUTES = "grader/services/people/access.py", "tests/web/test_access.py"
SIGNED_IN = "tests/web/test_signing_in.py"

_SCORING = (
    ("    Verdict.TIMEOUT,\n    Verdict.OUTPUT_LIMIT,\n    Verdict.ERROR,\n    Verdict.FAILED,\n",
     "    Verdict.FAILED,\n    Verdict.TIMEOUT,\n    Verdict.OUTPUT_LIMIT,\n    Verdict.ERROR,\n"),
    ('"import_timeout": Verdict.TIMEOUT', '"import_timeout": Verdict.ERROR'),
    ("for each in assignment.functions if not each.bonus}", "for each in assignment.functions}"),
    ("    if weight <= 0:\n        return 0.0\n", "    if weight <= 0:\n        return points\n"),
    ("return points * min(kept / weight, 1.0)", "return points * min(kept / max(len(cases), 1), 1.0)"),
    ("by_kind.get(each.kind, 0.0)", "by_kind.get(each.kind, 1.0)"),
    ('"transposed" and values.get("agrees") is True', '"transposed"'),
    ("key=lambda each: -each.score,", "key=lambda each: each.score,"),
)  # fmt: skip
_POLICY = (
    ("at <= dates.due_at + timedelta(seconds=dates.grace_seconds):", "at <= dates.due_at:"),
    ("while at > _day_ends(due, days):", "while at >= _day_ends(due, days):"),
    ("return max(0.0, 1.0 - late_days(", "return max(-9.0, 1.0 - late_days("),
    ("at > dates.closes_at:", "at >= dates.closes_at:"),
    ("at < dates.opens_at:", "at <= dates.opens_at:"),
    ("late = dates.late_until + (due - dates.due_at) if", "late = dates.late_until if"),
    ("[each for each in entries if not each.lost]", "[*entries]"),
    ("return -1.0 if entry.score is None", "return 1e9 if entry.score is None"),
)
_TOLERANCE = (
    ("ROUNDINGS = 1024\n", "ROUNDINGS = 16384\n"),
    ('if worst <= allowed * scale < float("inf"):', "if worst <= allowed * scale:"),
    ("tuple(reversed(actual)) == tuple(expected)", "tuple(actual) == tuple(expected)"),
    ("if epsilon <= EPSILON[dtype])", "if epsilon >= EPSILON[dtype])"),
    ("isinstance(value, int | float) and not isinstance(value, bool)", "isinstance(value, int | float)"),
    ("length in (1, wanted)", "length == wanted"),
)
_WALLS = (
    (LINK, "if reply.number != request.number:", "if reply.number is None:", LINKED),
    (LINK, "if len(data) > room:", "if len(data) > room + READ_BYTES:", LINKED),
    (LINK, '"""Count output from zero again."""\n        self._function_bytes = 0',
     '"""Count output from zero again."""', LINKED),
    (LINK, "self._test_left -= spent if of_test else 0.0", "self._test_left -= 0.0", LINKED),
    (LINK, "if budget <= 0:", "if budget is None:", LINKED),
    ("worker/wire/channel.py", "if not more and _is_over(until):", "if until is None:",
     "tests/wire/test_channel.py"),
    ("worker/wire/frame.py", "if at - arrays > limit_bytes:", "if at > limit_bytes:",
     "tests/examiner/test_limits.py::test_a_large_array_is_no_large_value"),
    ("worker/wire/value.py", "if next(rest, rest) is not rest:", "if rest is None:",
     "tests/wire/test_value.py"),
    ("worker/wire/value.py", "if len(built) < count:", "if len(built) > count:", "tests/wire/test_value.py"),
    ("worker/wire/array.py", "_check_size(array.dtype, array.shape) != len(array.data):",
     "_check_size(array.dtype, array.shape) < len(array.data):", "tests/wire/test_array.py"),
)  # fmt: skip
_ACCESS = (
    (ACCESS, "if role not in roles:", "if role is Role.STUDENT:", ROUTES),
    (ACCESS, "STAFF = frozenset({Role.TA, Role.INSTRUCTOR})", "STAFF = frozenset(Role)", ROUTES),
    (ACCESS, "return team is not None and found.team_id == team.id", "return team is None", ROUTES),
    (ACCESS, "found.opens_at <= now", "found.opens_at >= now",
     f"{ROUTES}::test_assignment_that_isnt_open_yet_isnt_there_for_students"),
    (ACCESS, "any(place.role in STAFF", "all(place.role in STAFF",
     "tests/services/test_accounts.py::test_student_who_is_staff_elsewhere_is_reset_by_no_instructor"),
    ("grader/web/course/staff.py",
     "        access.require_staff(visit.session, visit.user, found.assignment.course_id)\n", "", ROUTES),
    ("grader/web/accounts/signing_in.py",
     "user.session_version == int(version)", "user.session_version", SIGNED_IN),
    ("grader/web/frame/safety.py", "    CSRFProtect(app)\n", "", SIGNED_IN),
)  # fmt: skip

MUTANTS = (
    *(Mutant(SCORING, *each, SCORED) for each in _SCORING),
    *(Mutant(POLICY, *each, RULED) for each in _POLICY),
    *(Mutant(TOLERANCE, *each, COMPARED) for each in _TOLERANCE),
    *(Mutant(*each) for each in (*_WALLS, *_ACCESS)),
)
