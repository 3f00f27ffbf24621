-- A waiver (kwijtschelding) is a line of its own kind. What may be a line at all, the trigger below says from now on.
alter table bijdrage_regel drop constraint bijdrage_regel_soort_check;
alter table bijdrage_regel drop constraint bijdrage_regel_check;

-- A line follows from the one before it, whoever writes it.
create function volg_op_de_vorige_regel() returns trigger language plpgsql as $$
declare
    vorige record;
    kwijt bigint;
    hoogste int := coalesce((select bedrag_cent from tarief where maand = new.maand), 0);
    wat text := format('the line of household %s, month %s-%s, versie %s is refused: ', new.huishouden_id,
                       new.maand / 12, lpad((new.maand % 12 + 1)::text, 2, '0'), new.versie);
begin
    if new.soort not in ('bijdrage', 'correctie', 'kwijtschelding') then
        raise exception '%', wat || format('there is no soort %s; write bijdrage, correctie or kwijtschelding', new.soort)
            using errcode = 'check_violation', constraint = 'soort_van_de_regel';
    end if;
    if new.totaal_cent > hoogste and new.soort <> 'kwijtschelding' then
        raise exception '%', wat || format('a total of %s is above the tariff of its month, %s; write at most that, or '
            'put the tariff in the settings first', new.totaal_cent, hoogste)
            using errcode = 'check_violation', constraint = 'totaal_binnen_het_tarief';
    end if;
    if new.soort = 'bijdrage' then -- of a second one the unique index says that there is one already
        if new.bedrag_cent <> new.totaal_cent then
            raise exception '%', wat || 'a bijdrage begins at nothing, so its amount is its total'
                using errcode = 'check_violation', constraint = 'totaal_volgt_uit_de_vorige_regel';
        end if;
        return new;
    end if;

    select versie, totaal_cent into vorige from bijdrage_regel
        where huishouden_id = new.huishouden_id and maand = new.maand order by versie desc limit 1;
    if vorige is null then
        raise exception '%', wat || 'there is no bijdrage before it; write that first'
            using errcode = 'check_violation', constraint = 'bijdrage_gaat_voor';
    end if;
    if new.versie <= vorige.versie then
        raise exception '%', wat || format('the ledger is append-only, and its last versie is %s; write a higher one',
                                           vorige.versie)
            using errcode = 'check_violation', constraint = 'versie_volgt_op_de_vorige';
    end if;
    if new.totaal_cent <> vorige.totaal_cent + (case new.soort when 'correctie' then new.bedrag_cent else 0 end) then
        raise exception '%', wat || format('a total of %s does not follow from the total before it, %s; write the sum '
            '(of a kwijtschelding: the same total)', new.totaal_cent, vorige.totaal_cent)
            using errcode = 'check_violation', constraint = 'totaal_volgt_uit_de_vorige_regel';
    end if;
    if new.soort = 'kwijtschelding' then
        select new.bedrag_cent + coalesce(sum(bedrag_cent), 0) into kwijt from bijdrage_regel
            where huishouden_id = new.huishouden_id and maand = new.maand and soort = 'kwijtschelding';
        if kwijt > 0 or -kwijt > new.totaal_cent then
            raise exception '%', wat || format('%s would be waived in all, of %s owed; waive no more than is owed, and '
                'take back no more than was waived', -kwijt, new.totaal_cent)
                using errcode = 'check_violation', constraint = 'kwijtschelding_binnen_het_totaal';
        end if;
    end if;
    return new;
end $$;
create trigger volgt_op_de_vorige before insert on bijdrage_regel
    for each row execute function volg_op_de_vorige_regel();

create trigger niet_leegmaken before truncate on bijdrage_regel
    for each statement execute function weiger_wijziging();
