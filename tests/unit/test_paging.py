"""Pages: one row more than a page holds tells that another follows, and its address keeps the question."""

import pytest
from fastapi import Request

from shared.web.paging import page


def request(query: str, root_path: str = "") -> Request:
    return Request(
        {
            "type": "http",
            "root_path": root_path,
            "path": f"{root_path}/v1/wijken",
            "query_string": query.encode(),
            "headers": [],
            "server": ("h", 1),
        }
    )


@pytest.mark.parametrize(("rows", "shown"), [([], []), ([1], [1]), ([1, 2], [1, 2]), ([1, 2, 3], [1, 2])])
def test_what_is_shown_is_never_more_than_was_asked_for(rows: list[int], shown: list[int]) -> None:
    found, following = page(request("limiet=2"), rows, 2, lambda last: {"na": last})
    assert found == shown
    assert (following is None) == (rows == shown)


def test_the_next_page_is_the_same_question_after_the_last_row() -> None:
    rows = [{"naam": "Oost & West"}, {"naam": "Zuid"}]
    _, following = page(request("stad=a%26b&na=Noord&limiet=1"), rows, 1, lambda last: {"na": last["naam"]})
    assert following == "/v1/wijken?stad=a%26b&limiet=1&na=Oost+%26+West"


def test_the_next_page_is_to_be_put_after_the_address_of_the_service_also_behind_a_proxy() -> None:
    _, following = page(request("limiet=1", "/reporting"), [1, 2], 1, lambda last: {"na": last})
    assert following == "/v1/wijken?limiet=1&na=1"
