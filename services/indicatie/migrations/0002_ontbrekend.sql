-- A number is given also where its decision is not here: one that stands on indicatie's topic, and that this database
-- lacks because it was restored from an older backup, or because somebody else published it.
alter table toewijzing alter beschikking_nummer drop not null;

create or replace function free_beschikking_nummer() returns text language plpgsql as $$
declare free text;
begin
    loop
        free := nextval('beschikking_nummer');
        exit when not exists (select from beschikking where beschikking_nummer = free)
            and not exists (select from lacking where key = 'nl.wijkzorg.indicatie-afgegeven/' || free);
    end loop;
    return free;
end $$;
