-- Where each partition has been handled up to: moved by compare-and-set in the transaction of the effect.
create table position (
    topic text not null,
    partition int not null,
    next bigint not null check (next >= 0),
    primary key (topic, partition)
) with (fillfactor = 50);

-- What was decided and must still be told; deleted once Kafka has it.
create table outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    key text not null,
    payload bytea not null check (octet_length(payload) < 120000),
    created_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- What could not be read or handled, with its bytes, until a person looks at it.
create table dead_letter (
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    recorded_at timestamptz not null,
    key bytea,
    value bytea,
    code text not null,
    field text,
    reason text not null,
    created_at timestamptz not null,
    primary key (topic, partition, "offset")
);
