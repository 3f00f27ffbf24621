"""Dead letters as the command tells of them."""

from wijkzorg.brieven import open_elsewhere


def test_a_service_that_does_not_answer_is_named_and_stops_nothing() -> None:
    found = {"billing": "http://127.0.0.1:1", "reporting": "http://127.0.0.1:1"}
    (said,) = open_elsewhere(found, "billing", ["wijkzorg.intake/0/1"])
    assert said == (
        "reporting could not be asked whether it has these open too: see `wijkzorg dood list --dienst reporting`."
    )
