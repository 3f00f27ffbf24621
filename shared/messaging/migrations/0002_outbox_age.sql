-- Since when a message waits, by the database's own clock: that of a service may stand still.
alter table outbox add column laid_at timestamptz not null default clock_timestamp();
