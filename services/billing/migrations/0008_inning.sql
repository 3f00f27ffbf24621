-- What the CAK is to be told of clients, each once. A draft, made anew as facts change, until it is in a file.
create table inning (
    client_id uuid not null,
    per date not null,
    soort text not null check (soort in ('start', 'stop', 'mutatie')),
    huishouden_id uuid not null,
    kostprijs_cent bigint check (kostprijs_cent >= 0),
    bestand int, -- the file it went in, and its place there
    regel int,
    gemeld_op timestamptz,
    primary key (client_id, per, soort),
    unique (bestand, regel),
    check ((bestand is null) = (regel is null) and (bestand is null) = (gemeld_op is null))
);
create index on inning (per) where bestand is null;
create index on inning (huishouden_id) where bestand is null;

-- The files for the CAK, as they were made.
create table cak_bestand (
    nummer int primary key,
    datum date not null,
    berichten int not null,
    door text not null,
    gemaakt_op timestamptz not null,
    inhoud bytea not null,
    sha256 text not null generated always as (encode(sha256(inhoud), 'hex')) stored
);

create function weiger_wijziging_van_gemeld() returns trigger language plpgsql as $$
begin
    raise exception 'what the CAK was told stands: % is append-only, a later message puts it right', tg_table_name;
end $$;
create trigger alleen_toevoegen before update or delete on inning
    for each row when (old.bestand is not null) execute function weiger_wijziging_van_gemeld();
create trigger niet_leegmaken before truncate on inning
    for each statement execute function weiger_wijziging_van_gemeld();
create trigger alleen_toevoegen before update or delete or truncate on cak_bestand
    for each statement execute function weiger_wijziging_van_gemeld();
