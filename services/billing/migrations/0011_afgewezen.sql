-- Verdicts on a fault in the event itself, of records that were read: those that a person may mend and that lie in no
-- dead letter. They are listed without a look at every verdict.
create index on oordeel (aanbieder, plaats) where sleutel is null and oordeel = 'afgewezen';
create view refusal as
select r.topic, 0 as partition, o.plaats as "offset", o.aanbieder, o.type, o.code, nullif(o.veld, '') as field,
    o.uitleg as reason, to_timestamp(o.versie / 1000.0) as judged_at
from oordeel o join ontvangst r using (aanbieder)
where o.sleutel is null and o.oordeel = 'afgewezen'
    and not exists (select from dead_letter d where (d.topic, d.partition, d."offset") = (r.topic, 0, o.plaats));
