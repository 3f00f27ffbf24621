-- What a person has to look at, once each. `op_maand`: of what is held off a statement, the first that may carry it.
create table werk (
    werk_id uuid primary key default gen_random_uuid(),
    soort text not null,
    sleutel text not null,
    huishouden_id uuid,
    client_id uuid,
    maand int,
    gegevens jsonb not null,
    ontstaan_op timestamptz not null,
    afgehandeld_op timestamptz,
    besluit text,
    door text,
    artikel text,
    op_maand int,
    nummer bigint not null generated always as identity,
    unique (soort, sleutel),
    unique (nummer),
    check ((afgehandeld_op is null) = (besluit is null))
);
create index on werk (soort, nummer) where afgehandeld_op is null;
create index on werk (huishouden_id) where huishouden_id is not null;
create index on werk (client_id) where client_id is not null;

-- Which households have support in a month without a tariff.
create table zonder_tarief (
    huishouden_id uuid not null,
    maand int not null,
    primary key (huishouden_id, maand)
);
create index on zonder_tarief (maand);

-- What a person decided stands; what went away by itself may come back.
create function weiger_wijziging_van_besluit() returns trigger language plpgsql as $$
begin
    raise exception 'what was decided on the work list stands, with who and why: no item with a decision changes or goes';
end $$;
create trigger besluit_staat before update or delete on werk
    for each row when (old.besluit <> 'vervallen') execute function weiger_wijziging_van_besluit();
create trigger niet_leegmaken before truncate on werk
    for each statement execute function weiger_wijziging_van_besluit();
