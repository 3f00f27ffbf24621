-- The trace in which a melding came, and in which is seen what follows from it.
alter table melding add column traceparent text;
