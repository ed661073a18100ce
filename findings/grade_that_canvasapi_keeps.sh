#!/usr/bin/env bash
# Asked to take a grade away, canvasapi sends nothing and says nothing
#
# Versions: canvasapi 3.6.0, requests-mock 1.12.1 (in place of the server), Python 3.11.
# One would guess: `edit(submission={"posted_grade": None})` sends an empty grade, which takes it away, or
# raises.
# What is so: None is dropped between the library and requests, and so is an empty list, so the body is empty.
# Nothing is raised, and whatever a server answers to an empty change is taken for the result. "" is sent. So
# is nan, as `nan`. With a comment beside it the comment is sent and the grade is not, and so it is for due
# dates and for a change of many.
# Why it matters to a grader of gradients: who withdraws a grade that was wrong, or moves an ungraded
# submission from one platform to another, leaves the old grade where it is and sees no error.
#
# Output seen; the script fails if it is no longer this:
#> 7     submission[posted_grade]=7
#> 0     submission[posted_grade]=0
#> ''    submission[posted_grade]=
#> None  (nothing)
#> []    (nothing)
#> nan   submission[posted_grade]=nan
#> with a comment  comment[text_comment]=withdrawn
#> of many         (nothing)
#> no due date     (nothing)
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check canvasapi==3.6.0 requests-mock==1.12.1
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import urllib.parse

import requests_mock
from canvasapi import Canvas

HOST = "https://canvas.test"
ASSIGNMENT = f"{HOST}/api/v1/courses/1/assignments/2"
with requests_mock.Mocker() as server:
    server.get(f"{HOST}/api/v1/courses/1", json={"id": 1})
    server.get(ASSIGNMENT, json={"id": 2, "course_id": 1})
    server.put(ASSIGNMENT, json={"id": 2})
    server.get(f"{ASSIGNMENT}/submissions/3", json={"user_id": 3, "assignment_id": 2, "course_id": 1, "grade": "7"})
    server.put(f"{ASSIGNMENT}/submissions/3", json={"grade": "7"})
    server.post(f"{ASSIGNMENT}/submissions/update_grades", json={"id": 4})
    assignment = Canvas(HOST, "key").get_course(1).get_assignment(2)
    submission = assignment.get_submission(3)

    def sent():
        return urllib.parse.unquote(server.last_request.text or "") or "(nothing)"

    for grade in (7, 0, "", None, [], float("nan")):
        submission.edit(submission={"posted_grade": grade})
        print(f"{grade!r:5} {sent()}")
    submission.edit(submission={"posted_grade": None}, comment={"text_comment": "withdrawn"})
    print("with a comment ", sent())
    assignment.submissions_bulk_update(grade_data={"3": {"posted_grade": None}})
    print("of many        ", sent())
    assignment.edit(assignment={"due_at": None})
    print("no due date    ", sent())
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
