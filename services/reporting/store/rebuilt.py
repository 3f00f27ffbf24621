"""SQL by which a rebuilt database is compared with the live one: the key of each row, and a hash of all of it."""

from collections.abc import Mapping

COMPARED: Mapping[str, str] = {
    "feit": """
        select sleutel collate "C" as sleutel, md5(event::text) collate "C" as inhoud from feit order by 1, 2
    """,
    "woonperiode": """
        select concat_ws('/', feit, van) collate "C" as sleutel, md5(w::text) collate "C" as inhoud
        from woonperiode w order by 1, 2
    """,
    "samenvoeging": """
        select client_id::text collate "C" as sleutel, md5(s::text) collate "C" as inhoud
        from samenvoeging s order by 1, 2
    """,
    "lid": """
        select concat_ws('/', huishouden_id, client_id, van) collate "C" as sleutel, md5(l::text) collate "C" as inhoud
        from lid l order by 1, 2
    """,
    "melding": """
        select melding_id collate "C" as sleutel, md5(m::text) collate "C" as inhoud from melding m order by 1, 2
    """,
    "oplossing": """
        select concat_ws('/', melding_id, oplossing) collate "C" as sleutel, md5(o::text) collate "C" as inhoud
        from oplossing o order by 1, 2
    """,
    "toewijzing": """
        select concat_ws('/', nummer, feit) collate "C" as sleutel, md5(t::text) collate "C" as inhoud
        from toewijzing t order by 1, 2
    """,
    "oordeel": """
        select concat_ws('/', aanbieder, plaats) collate "C" as sleutel, md5(o::text) collate "C" as inhoud
        from oordeel o order by 1, 2
    """,
    "gebruik_maand": """
        select concat_ws('/', toewijzingnummer, maand) collate "C" as sleutel, md5(g::text) collate "C" as inhoud
        from gebruik_maand g where aantal <> 0 order by 1, 2
    """,
    "bijdrage": """
        select concat_ws('/', huishouden_id, maand) collate "C" as sleutel, md5(b::text) collate "C" as inhoud
        from bijdrage b order by 1, 2
    """,
}
