-- What billing had told when its database was restored to before it, until all it reads has been read again: lines of
-- the ledger, which are taken back as they were, and the last verdict that each provider knows of a record.
create table verteld_regel (
    like bijdrage_regel including defaults including constraints
);
alter table verteld_regel alter bijdrage_regel_id drop not null;
create index on verteld_regel (huishouden_id, maand, versie);

create table verteld_oordeel (
    aanbieder text not null,
    plaats bigint not null,
    versie bigint not null,
    oordeel text not null,
    code text,
    primary key (aanbieder, plaats)
);

-- Up to where that is; nothing is determined before.
create table inhalen (
    topic text not null,
    partition int not null,
    tot bigint not null,
    primary key (topic, partition)
);
