-- Facts of intake: the newest that was said of each, whole.
create table client (
    client_id uuid primary key,
    event jsonb not null
);
create table aanvraag (
    aanvraag_id text primary key,
    client_id uuid not null,
    datum date not null,
    uiterlijk date not null,
    event jsonb not null
);

-- What was decided. It stays where intake erases the aanvraag: hence no foreign key.
create sequence beschikking_nummer;
create table beschikking (
    beschikking_nummer text primary key,
    aanvraag_id text not null constraint een_beschikking_per_aanvraag unique,
    client_id uuid not null,
    besluit text not null check (besluit in ('toegekend', 'deels', 'afgewezen')),
    besluitdatum date not null,
    uiterlijk date not null
);

create sequence toewijzing_nummer as int maxvalue 999999999;
create table toewijzing (
    nummer int primary key check (nummer between 1 and 999999999),
    beschikking_nummer text not null references beschikking
);
create index on toewijzing (beschikking_nummer);

-- Every state a toewijzing was ever in; the latest is current. The first has no reden; with reden 13 it was removed.
create table toewijzing_versie (
    nummer int not null references toewijzing,
    toegewezen_op timestamptz not null,
    reden text,
    toewijzing jsonb not null,
    primary key (nummer, toegewezen_op)
);

-- The next number that is free: those that were given by hand are passed over.
create function free_beschikking_nummer() returns text language plpgsql as $$
declare free text;
begin
    loop
        free := nextval('beschikking_nummer');
        exit when not exists (select from beschikking where beschikking_nummer = free);
    end loop;
    return free;
end $$;
create function free_toewijzing_nummer() returns int language plpgsql as $$
declare free int;
begin
    loop
        free := nextval('toewijzing_nummer');
        exit when not exists (select from toewijzing where nummer = free);
    end loop;
    return free;
end $$;

-- Support plans. What the goals and actions are is text about a person: it is told to nobody, and goes with the client.
create table plan (
    plan_id uuid primary key,
    aanvraag_id text not null constraint een_plan_per_aanvraag unique,
    client_id uuid not null
);
create index on plan (client_id);
create table plan_versie (
    plan_id uuid not null references plan,
    versie bigint not null,
    datum date not null,
    akkoord_client boolean not null,
    doelen int not null,
    acties jsonb not null, -- how many of each soort
    wording jsonb, -- the goals and actions in words; null once the client was erased
    primary key (plan_id, versie)
);
create table evaluatie (
    evaluatie_id uuid primary key,
    plan_id uuid not null references plan,
    datum date not null,
    behaald jsonb not null,
    constraint een_evaluatie_per_plan_en_dag unique (plan_id, datum)
);
