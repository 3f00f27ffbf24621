-- How far the service's own topics are known to this database: what it has told, and what it heard of them besides.
create table told (
    topic text not null,
    partition int not null,
    next bigint not null check (next >= 0),
    primary key (topic, partition)
) with (fillfactor = 50);

-- The highest versie that was heard there: a new one is higher.
create table told_versie (
    only_one boolean primary key default true check (only_one),
    versie bigint not null
);
insert into told_versie (versie) values (0);

-- What an owner's topic was found to hold and its database to lack, because it was restored from an older backup:
-- of each fact the last that was said of it.
create table lacking (
    id bigint generated always as identity primary key,
    key text not null unique,
    name text not null, -- of its type, without prefix and version
    source text not null,
    versie bigint,
    event jsonb not null,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    heard_at timestamptz not null
);
