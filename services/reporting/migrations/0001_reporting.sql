-- Facts of other owners: the state with the highest versie, whole. What the figures need of each stands in the
-- tables below it, and goes with it. `sleutel` is its type without version and its id.
create table feit (
    sleutel text primary key,
    event jsonb not null
);

-- Where a client lived, from `van` up to and including `tot`; periods of one client do not overlap.
create table woonperiode (
    feit text not null references feit on delete cascade,
    client_id uuid not null,
    van date not null,
    tot date not null,
    jaar int not null,
    code text not null
);
create index on woonperiode (feit);
create index on woonperiode (client_id);

create table samenvoeging (
    feit text not null references feit on delete cascade,
    client_id uuid primary key,
    opgegaan_in uuid not null
);
create index on samenvoeging (feit);

-- Every merged client followed to the end; in a circle, to the lowest client id in it.
create view eindpunt as
with recursive weg (client_id, stappen, volgende) as (
    select client_id, array[client_id], opgegaan_in from samenvoeging
    union all
    select w.client_id, w.stappen || w.volgende, s.opgegaan_in
    from weg w left join samenvoeging s on s.client_id = w.volgende
    where w.volgende is not null and w.volgende <> all (w.stappen)
)
select client_id,
       case when volgende is null then stappen[cardinality(stappen)]
            else (select c from unnest(stappen[array_position(stappen, volgende):]) c order by c limit 1)
       end as eind_id
from weg where volgende is null or volgende = any (stappen);

create table lid (
    feit text not null references feit on delete cascade,
    huishouden_id uuid not null,
    client_id uuid not null,
    van date not null,
    tot date not null
);
create index on lid (feit);

create table melding (
    feit text not null references feit on delete cascade,
    melding_id text primary key,
    client_id uuid not null,
    datum date not null,
    maand int not null
);
create index on melding (feit);

create table oplossing (
    feit text not null references feit on delete cascade,
    melding_id text not null,
    oplossing text not null,
    aantal int not null
);
create index on oplossing (feit);

-- Whose a toewijzing was said to be; the latest decided saying is current (iWmo IV013).
create table toewijzing (
    feit text collate "C" not null references feit on delete cascade,
    nummer int not null,
    toegewezen_op timestamptz not null,
    time timestamptz not null,
    source text collate "C" not null,
    event_id text collate "C" not null,
    client_id uuid not null
);
create index on toewijzing (feit);
create view toegewezen as
select distinct on (nummer) nummer, client_id from toewijzing
order by nummer, toegewezen_op desc, time desc, source desc, event_id desc, feit desc;

-- The current verdict on each record of each provider. Of an accepted use: its number, toewijzing and month; of an
-- accepted withdrawal: the number it takes back; of every other nothing ('' and 0), for its versie may still win.
create table oordeel (
    aanbieder text collate "C" not null,
    plaats bigint not null,
    versie bigint not null,
    intrekking boolean not null,
    referentienummer text collate "C" not null,
    toewijzingnummer int not null,
    maand int not null,
    primary key (aanbieder, plaats)
);
create index on oordeel (aanbieder, referentienummer) where referentienummer <> '';

-- The accepted uses of a toewijzing in a month that are not taken back: kept with every change of `oordeel`.
create table gebruik_maand (
    toewijzingnummer int not null,
    maand int not null,
    aantal int not null,
    primary key (toewijzingnummer, maand)
) with (fillfactor = 80);

-- What a household owes for a month: the total of the line with the highest versie.
create table bijdrage (
    huishouden_id uuid not null,
    maand int not null,
    versie bigint not null,
    time timestamptz not null,
    source text collate "C" not null,
    event_id text collate "C" not null,
    totaal_cent bigint not null,
    primary key (huishouden_id, maand)
) with (fillfactor = 80);
create index on bijdrage (maand);
