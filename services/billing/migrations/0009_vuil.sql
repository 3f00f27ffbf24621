-- Who is in no household is determined too, by the client: there is nobody to charge, and a person has to know.
alter table vuil add column client_id uuid;
alter table vuil alter column huishouden_id drop not null;
insert into vuil (client_id)
select distinct v.client_id from toewijzing_versie v
where v.huidig and not v.verwijderd and not exists (select from lid l where l.client_id = v.client_id);
