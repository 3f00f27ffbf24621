-- The type that the event in a dead letter says it has, if it says one; and what became of the letter. Open: null.
-- gewist: its owner erased the fact under its key, and with that its bytes.
alter table dead_letter
    add column type text,
    add column besluit text check (besluit in ('hersteld', 'herleverd', 'verworpen', 'gewist'));
alter table dead_letter alter column recorded_at drop not null; -- of what was kept only once it was mended
create index on dead_letter (created_at) where besluit is null;
create index on dead_letter using hash (key); -- a key may be longer than an ordered index takes

-- What a person did to one record: who, when and why. `value`: its mended bytes, which are read in its place ever after.
create table intervention (
    id bigint generated always as identity primary key,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    act text not null check (act in ('bekeken', 'hersteld', 'herleverd', 'verworpen')),
    door text not null,
    reden text not null,
    moment timestamptz not null,
    value bytea check (octet_length(value) <= 131072),
    check (value is null or act = 'hersteld')
);
create index on intervention (topic, partition, "offset");
create unique index mended_once on intervention (topic, partition, "offset") where act = 'hersteld';

-- Nothing of it changes or goes, but for bytes whose fact its owner has erased.
create function refuse_change_of_intervention() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.value is null and to_jsonb(new) - 'value' = to_jsonb(old) - 'value' then
        return new;
    end if;
    raise exception 'what was done to a record stays as it was written, with who and why';
end $$;
create trigger append_only before update or delete on intervention
    for each row execute function refuse_change_of_intervention();
create trigger never_emptied before truncate on intervention
    for each statement execute function refuse_change_of_intervention();
