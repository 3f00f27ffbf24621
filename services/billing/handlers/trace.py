"""Uses, as the traces show them of the meldingen they go back to: so that a contribution is seen with what caused it."""

from collections.abc import Sequence
from itertools import islice

from services.billing.domain.oordeel import Melding
from services.billing.store import feiten
from shared import tracing
from shared.contracts.event import traceparent_of
from shared.db import Connection

ASKED_MAX = 500
"""Of how many uses of a batch is asked whether anybody follows their case."""


async def show(tx: Connection, uses: Sequence[Melding]) -> None:
    """Show the first of these uses in the trace of its toewijzing, linked with the provider's; where anybody looks."""
    if not tracing.is_exporting():
        return
    shown = {use.event["data"]["toewijzing_nummer"]: use.event for use in islice(uses, ASKED_MAX)}
    for nummer, traceparent in (await feiten.traceparents(tx, shown)).items():
        with tracing.continued("gebruik-geregistreerd", traceparent, traceparent_of(shown[nummer])):
            pass
