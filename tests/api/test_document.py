"""The OpenAPI document describes what there is, all of it."""

import re

import pytest

from grader.forms import result_structs


@pytest.fixture
def document(world):
    return world.app.test_client().get("/api/v1/openapi.json").json


def test_every_route_of_the_api_is_in_the_document(world, document):
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.endpoint != "api.openapi"
    }
    assert there
    assert {(path, method) for path, each in document["paths"].items() for method in each} == there


def test_every_answer_has_a_form_and_every_refusal_the_one_shape(document):
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
            for status, answer in operation["responses"].items():
                form = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert form in document["components"]["schemas"]
                assert (form == "Failure") == (int(status) >= 400)


def test_references_lead_somewhere(document):
    names = set(re.findall(r"'#/components/schemas/([^']+)'", str(document)))
    assert names == set(document["components"]["schemas"]) - {"Upload"} | (names & {"Upload"})
    assert "Report" in names


def test_token_is_asked_for(document):
    [scheme] = document["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert document["openapi"].startswith("3.")


def test_report_has_the_fields_of_the_documented_schema():
    from tests.grader.doubles import schema

    result = schema()["$defs"]["result"]
    assert set(result_structs.ReportForm.__struct_fields__) == set(result["properties"])
    for name, form in (("function", result_structs.FunctionForm), ("case", result_structs.CaseForm)):
        assert set(form.__struct_fields__) == set(schema()["$defs"][name]["properties"])
