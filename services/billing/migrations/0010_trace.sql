-- The trace of the melding that a toewijzing goes back to: what it costs is seen in it.
alter table toewijzing_versie add column traceparent text;
