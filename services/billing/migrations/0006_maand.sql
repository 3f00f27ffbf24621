-- The months that are definitive, or become so: every month up to the latest here is.
create table maand (
    maand int primary key,
    begonnen_op timestamptz not null,
    tot_regel bigint not null, -- the cut: no line after it takes part
    gesloten_op timestamptz,
    instellingen text not null,
    tot_huishouden uuid, -- how far the closing is
    huishoudens int not null default 0,
    totaal_cent bigint not null default 0,
    verteld_huishoudens int, -- as it was told before this database was restored
    verteld_totaal_cent bigint
);

-- Statements, as they were made.
create table overzicht (
    huishouden_id uuid not null,
    maand int not null,
    gevraagd_cent bigint not null,
    inhoud bytea not null,
    primary key (huishouden_id, maand)
);
-- On which statement a line stands: at most one.
create table overzicht_regel (
    bijdrage_regel_id bigint primary key,
    op_maand int not null
);
-- The lines that are held off statements, and by which item of the work list.
create table vastgehouden (
    bijdrage_regel_id bigint primary key,
    werk_id uuid not null references werk
);
create index on vastgehouden (werk_id);

-- The lines of a household as they became definitive, each with the hash of all up to it.
create table keten (
    huishouden_id uuid not null,
    nummer int not null,
    bijdrage_regel_id bigint not null unique,
    maand int not null,
    versie bigint not null,
    hash bytea not null,
    primary key (huishouden_id, nummer)
);

-- Households of which a fact was erased: their months up to this one are determined no more.
create table bevroren (
    huishouden_id uuid primary key,
    tot_maand int not null
);

create function weiger_wijziging_van_definitief() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: what is definitive stands, add a line to the ledger instead', tg_table_name;
end $$;
create trigger alleen_toevoegen before update or delete or truncate on overzicht
    for each statement execute function weiger_wijziging_van_definitief();
create trigger alleen_toevoegen before update or delete or truncate on overzicht_regel
    for each statement execute function weiger_wijziging_van_definitief();
create trigger alleen_toevoegen before update or delete or truncate on vastgehouden
    for each statement execute function weiger_wijziging_van_definitief();
create trigger alleen_toevoegen before update or delete or truncate on keten
    for each statement execute function weiger_wijziging_van_definitief();

-- The chain: a hash over the one before it (at the first line of all: nothing) and the canonical line.
create function keten_stap(hash bytea, vorige bytea, regel bytea) returns bytea language sql immutable
    return sha256(coalesce(hash, vorige) || regel);
create aggregate keten_hash(vorige bytea, regel bytea) (sfunc = keten_stap, stype = bytea);

create function keten_regel(r bijdrage_regel) returns bytea language sql stable
    return convert_to(jsonb_build_array(
        r.huishouden_id, r.maand, r.versie, r.soort, r.bedrag_cent, r.totaal_cent, r.bijdrage_id, r.regel, r.wet,
        r.aanleiding, to_char(r.geschreven_op at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text, 'UTF8');
