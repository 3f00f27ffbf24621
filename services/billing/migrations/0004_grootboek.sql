-- A waiver (kwijtschelding) is a line of its own kind. What may be a line at all, the trigger below says from now on.
alter table bijdrage_regel drop constraint bijdrage_regel_soort_check;
alter table bijdrage_regel drop constraint bijdrage_regel_check;

-- Filled by the trigger below; null in a line from before it, which no waiver came before.
alter table bijdrage_regel add column vorige_versie bigint, -- the line of its month before it; null in the first
                           add column netto_cent int; -- the sum of the lines of its month up to it, waivers included
-- After each line comes one other, also where two are written at once: so what follows from the line before it, does.
create unique index een_regel_na_de_vorige on bijdrage_regel (huishouden_id, maand, vorige_versie)
    where vorige_versie is not null;

create function weiger_regel(r bijdrage_regel, reden text, wat text) returns void language plpgsql as $$
begin
    raise exception 'the line of household %, month %-%, versie % is refused: %', r.huishouden_id, r.maand / 12,
        lpad((r.maand % 12 + 1)::text, 2, '0'), r.versie, wat
        using errcode = 'check_violation', constraint = reden;
end $$;

-- A line follows from the one before it, whoever writes it.
create function volg_op_de_vorige_regel() returns trigger language plpgsql as $$
declare
    vorige record;
    hoogste int := coalesce((select bedrag_cent from tarief where maand = new.maand), 0);
begin
    if new.soort not in ('bijdrage', 'correctie', 'kwijtschelding') then
        perform weiger_regel(new, 'soort_van_de_regel',
            format('there is no soort %s; write bijdrage, correctie or kwijtschelding', new.soort));
    end if;
    if new.totaal_cent > hoogste and new.soort <> 'kwijtschelding' then
        perform weiger_regel(new, 'totaal_binnen_het_tarief',
            format('a total of %s is above the tariff of its month, %s; write at most that, or put the tariff in the '
                   'settings first', new.totaal_cent, hoogste));
    end if;
    if new.soort = 'bijdrage' then -- of a second one the unique index says that there is one already
        if new.bedrag_cent <> new.totaal_cent then
            perform weiger_regel(new, 'totaal_volgt_uit_de_vorige_regel',
                'a bijdrage begins at nothing, so its amount is its total');
        end if;
        new.vorige_versie := null;
        new.netto_cent := new.bedrag_cent;
        return new;
    end if;

    select versie, totaal_cent, coalesce(netto_cent, totaal_cent) as netto_cent, bijdrage_id into vorige
        from bijdrage_regel where huishouden_id = new.huishouden_id and maand = new.maand order by versie desc limit 1;
    if vorige is null then
        perform weiger_regel(new, 'bijdrage_gaat_voor', 'there is no bijdrage before it; write that first');
    end if;
    if new.versie <= vorige.versie then
        perform weiger_regel(new, 'versie_volgt_op_de_vorige',
            format('the ledger is append-only, and its last versie is %s; write a higher one', vorige.versie));
    end if;
    if new.bijdrage_id <> vorige.bijdrage_id then
        perform weiger_regel(new, 'een_bijdrage_id_per_huishouden_en_maand',
            format('the lines before it have bijdrage_id %s; write that', vorige.bijdrage_id));
    end if;
    if new.totaal_cent <> vorige.totaal_cent + (case new.soort when 'correctie' then new.bedrag_cent else 0 end) then
        perform weiger_regel(new, 'totaal_volgt_uit_de_vorige_regel',
            format('a total of %s does not follow from the total before it, %s; write the sum (of a kwijtschelding: '
                   'the same total)', new.totaal_cent, vorige.totaal_cent));
    end if;
    new.vorige_versie := vorige.versie;
    new.netto_cent := vorige.netto_cent + new.bedrag_cent;
    if new.soort = 'kwijtschelding' and new.netto_cent not between 0 and new.totaal_cent then
        perform weiger_regel(new, 'kwijtschelding_binnen_het_totaal',
            format('%s would be waived in all, of %s owed; waive no more than is owed, and take back no more than was '
                   'waived', new.totaal_cent - new.netto_cent, new.totaal_cent));
    end if;
    return new;
end $$;
create trigger volgt_op_de_vorige before insert on bijdrage_regel
    for each row execute function volg_op_de_vorige_regel();

-- A correction may take a month below what was waived of it, if its transaction takes that waiver back. Only such
-- lines wait for the commit.
create function weiger_maand_onder_nul() returns trigger language plpgsql as $$
declare
    laatste bijdrage_regel;
begin
    select * into laatste from bijdrage_regel
        where huishouden_id = new.huishouden_id and maand = new.maand order by versie desc limit 1;
    if laatste.netto_cent < 0 then
        perform weiger_regel(laatste, 'maand_niet_onder_nul',
            format('its month would come to %s, waivers included; take back what was waived in the same transaction',
                   laatste.netto_cent));
    end if;
    return null;
end $$;
create constraint trigger maand_niet_onder_nul after insert on bijdrage_regel deferrable initially deferred
    for each row when (new.netto_cent < 0) execute function weiger_maand_onder_nul();

create trigger niet_leegmaken before truncate on bijdrage_regel
    for each statement execute function weiger_wijziging();
