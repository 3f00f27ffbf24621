"""SQL by which what indicatie holds of intake's facts is compared with what is rebuilt from the log."""

from collections.abc import Mapping

COMPARED: Mapping[str, str] = {
    "client": """
        select client_id::text collate "C" as sleutel, md5(c::text) collate "C" as inhoud from client c order by 1, 2
    """,
    "aanvraag": """
        select aanvraag_id collate "C" as sleutel, md5(a::text) collate "C" as inhoud from aanvraag a order by 1, 2
    """,
}

KEPT = ("beschikking", "evaluatie", "plan", "plan_versie", "toewijzing", "toewijzing_versie")
"""What indicatie itself decided."""
