"""What alerts and dashboards ask for is what running services show at /metrics, by the same labels."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests import watched
from tests.e2e import samples
from tests.harness import Wijkzorg

pytestmark = pytest.mark.city
SERVICES = ("intake", "indicatie", "billing", "reporting")


async def shown(wijkzorg: Wijkzorg) -> dict[str, set[str]]:
    """The metrics of all services, each with the labels that it has."""
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        (copy,) = wijkzorg.running_of(service)
        for family in text_string_to_metric_families((await copy.get("/metrics")).text):
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


async def test_alerts_and_dashboards_ask_for_what_the_services_show(wijkzorg: Wijkzorg) -> None:
    for service in SERVICES:
        await wijkzorg.start(service)
    await wijkzorg.register(samples.AGB)
    await wijkzorg.publish([*samples.facts(), *samples.declaration()])
    for service in SERVICES:
        await wijkzorg.handled(service=service)
    known = await shown(wijkzorg)
    for who, expression in watched.expressions().items():
        asked = watched.metrics_of(expression)
        assert asked <= known.keys(), who
        labels = {label for metric in asked for label in known[metric]}
        assert watched.labels_of(expression) <= labels, who
    asked_of_all = set().union(*map(watched.metrics_of, watched.expressions().values()))
    ours = {name for name in known if name.startswith("wijkzorg_")}
    assert ours <= asked_of_all, "what nobody looks at"
