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
