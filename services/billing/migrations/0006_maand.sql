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
    overzichten int not null default 0, -- how many it made, and what these ask
    gevraagd_cent bigint not null default 0,
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

-- The lines of a household as they became definitive and, after those of each closing, its statement: each with the
-- hash of all up to it. The link of a statement has no line.
create table keten (
    huishouden_id uuid not null,
    nummer int not null,
    bijdrage_regel_id bigint unique,
    maand int not null,
    versie bigint,
    hash bytea not null,
    primary key (huishouden_id, nummer),
    check ((bijdrage_regel_id is null) = (versie is null))
);
-- The last link of each household, and which closing made it.
create table keten_eind (
    huishouden_id uuid primary key,
    nummer int not null,
    maand int not null
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
create trigger alleen_vooruit before update on keten_eind
    for each row when ((new.huishouden_id, new.nummer) <= (old.huishouden_id, old.nummer))
    execute function weiger_wijziging_van_definitief();
create trigger alleen_toevoegen before delete or truncate on keten_eind
    for each statement execute function weiger_wijziging_van_definitief();

-- A month that was begun stays; once closed, so does all that is known of it and its tariff. One before the first that was
-- begun may have none yet: it takes its first.
create function weiger_heropenen() returns trigger language plpgsql as $$
begin
    raise exception 'a definitive month stands as it was closed, and % with it: what comes later stands on the statement '
        'of a later month', tg_table_name;
end $$;
create trigger blijft_gesloten before update on maand for each row
    when (old.gesloten_op is not null or (new.maand, new.begonnen_op) <> (old.maand, old.begonnen_op))
    execute function weiger_heropenen();
create trigger blijft before delete or truncate on maand
    for each statement execute function weiger_heropenen();

create function weiger_tarief_van_definitief() returns trigger language plpgsql as $$
begin
    if least(old.maand, new.maand) <= (select max(maand) from maand where gesloten_op is not null) then
        raise exception 'the tariff of a definitive month stands: give later months another by the settings';
    end if;
    return coalesce(new, old);
end $$;
create trigger definitief_staat before update or delete on tarief
    for each row execute function weiger_tarief_van_definitief();
create trigger niet_leegmaken before truncate on tarief
    for each statement execute function weiger_heropenen();

-- The chain: a hash over the one before it (at the first of all: nothing) and the canonical line or statement.
create function keten_stap(hash bytea, vorige bytea, inhoud bytea) returns bytea language sql immutable
    return sha256(coalesce(hash, vorige) || inhoud);
create aggregate keten_hash(vorige bytea, inhoud bytea) (sfunc = keten_stap, stype = bytea);

create function keten_regel(r bijdrage_regel) returns bytea language sql stable
    return convert_to(jsonb_build_array(
        r.huishouden_id, r.maand, r.versie, r.soort, r.bedrag_cent, r.totaal_cent, r.bijdrage_id, r.regel, r.wet,
        r.aanleiding, to_char(r.geschreven_op at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text, 'UTF8');

create function keten_overzicht(o overzicht) returns bytea language sql stable
    return convert_to(jsonb_build_array(
        o.huishouden_id, o.maand, o.gevraagd_cent, encode(sha256(o.inhoud), 'hex'))::text, 'UTF8');
