-- Facts of other owners: the state with the highest versie, whole.
create table client (
    client_id uuid primary key,
    event jsonb not null,
    uitgeschreven_per date,
    opgegaan_in uuid
);
create index on client (opgegaan_in) where opgegaan_in is not null;

create table huishouden (
    huishouden_id uuid primary key,
    event jsonb not null
);
create table lid (
    huishouden_id uuid not null references huishouden on delete cascade,
    client_id uuid not null,
    van date not null,
    tot date
);
create index on lid (huishouden_id);
create index on lid (client_id);

create table vrijstelling (
    vrijstelling_id uuid primary key,
    event jsonb not null,
    huishouden_id uuid,
    client_id uuid,
    voor_huishouden boolean not null,
    telt_voor_kostprijs boolean not null,
    van_maand int not null,
    tot_maand int,
    vervallen boolean not null
);
create index on vrijstelling (huishouden_id) where huishouden_id is not null;
create index on vrijstelling (client_id) where client_id is not null;

-- Everything that was said of a toewijzing; `feit` is the natural key of the event that said it.
create table toewijzing_versie (
    nummer int not null,
    feit text not null,
    source text not null,
    event_id text not null,
    time timestamptz not null,
    inhoud text not null,
    toegewezen_op timestamptz not null,
    verwijderd boolean not null,
    client_id uuid not null,
    aanbieder text,
    categorie text not null,
    productcode text,
    ingangsdatum date not null,
    einddatum date,
    leveringsvorm text not null,
    kostprijs_cent bigint,
    geldt boolean not null default false, -- a use may fit in it
    huidig boolean not null default false, -- it decides everything else
    inhoud_md5 text not null generated always as (md5(inhoud)) stored,
    primary key (nummer, toegewezen_op, source, event_id, time, feit, inhoud_md5)
);
create index on toewijzing_versie (feit);
create index on toewijzing_versie (client_id) where huidig;

-- The use under each number of each provider: of several, the one recorded first.
create table gebruik (
    aanbieder text not null,
    plaats bigint not null,
    referentienummer text not null,
    toewijzingnummer int not null,
    maand int not null,
    begindatum date not null,
    einddatum date not null,
    time timestamptz not null,
    source text not null,
    event_id text not null,
    categorie text not null,
    productcode text,
    volume bigint not null,
    eenheid text not null,
    tarief_cent bigint,
    bedrag_cent bigint,
    versie bigint not null,
    past boolean not null,
    ingetrokken boolean not null,
    primary key (aanbieder, referentienummer)
);
create unique index on gebruik (aanbieder, plaats);
create index on gebruik (toewijzingnummer, maand);

-- A verdict that is not simply "accepted at once", and every verdict on anything but a use. `event` keeps what a
-- later fact may judge again; `sleutel` is what makes two records the same fact.
create table oordeel (
    aanbieder text not null,
    plaats bigint not null,
    versie bigint not null,
    type text,
    oordeel text not null check (oordeel in ('geaccepteerd', 'dubbel', 'afgewezen', 'in_afwachting')),
    code text,
    veld text,
    uitleg text,
    sleutel text,
    toewijzingnummer int,
    vorig_referentienummer text,
    event jsonb,
    primary key (aanbieder, plaats)
);
create index on oordeel (sleutel) where sleutel is not null;
create index on oordeel (toewijzingnummer) where toewijzingnummer is not null;
create index on oordeel (aanbieder, vorig_referentienummer) where oordeel = 'in_afwachting';
create index on oordeel (oordeel) where oordeel = 'in_afwachting';

create table intrekking (
    aanbieder text not null,
    referentienummer text not null,
    primary key (aanbieder, referentienummer)
);

-- Up to which offset each provider has been told its verdicts.
create table ontvangst (
    aanbieder text primary key,
    topic text not null,
    verzonden bigint not null default 0
);

-- The fitting uses of a toewijzing in a month: all the rule needs to know of them.
create table gebruik_maand (
    toewijzingnummer int not null,
    maand int not null,
    aantal int not null,
    eerste_begin date not null,
    eerste_eind date not null,
    laatste_dag date not null,
    vroegst timestamptz not null,
    primary key (toewijzingnummer, maand)
) with (fillfactor = 80);

-- Households to be determined again, one row a reason; deleted by id once that was done.
create table vuil (
    id bigint generated always as identity primary key,
    huishouden_id uuid not null,
    aanleiding text
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- The ledger: what a household owes for a month is the sum of its lines. Lines are added, never altered.
create table bijdrage_regel (
    bijdrage_regel_id bigint generated always as identity primary key,
    huishouden_id uuid not null,
    maand int not null,
    versie bigint not null,
    soort text not null check (soort in ('bijdrage', 'correctie')),
    bedrag_cent int not null check (bedrag_cent <> 0),
    totaal_cent int not null check (totaal_cent >= 0),
    bijdrage_id uuid not null,
    regel int not null check (regel between 1 and 7),
    wet text not null,
    aanleiding text[] not null,
    geschreven_op timestamptz not null,
    unique (huishouden_id, maand, versie),
    check (soort = 'correctie' or bedrag_cent = totaal_cent)
);
-- Promise 1: a household is charged once a month, whatever the code above it does.
create unique index een_bijdrage_per_huishouden_en_maand on bijdrage_regel (huishouden_id, maand)
    where soort = 'bijdrage';
create index on bijdrage_regel (maand, huishouden_id, versie desc);

create function weiger_wijziging() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is append-only: add a correction instead';
end $$;
create trigger alleen_toevoegen before update or delete on bijdrage_regel
    for each row execute function weiger_wijziging();

-- The month up to which everything was determined: a later one reopens care that lasts without new facts.
create table horizon (
    enige boolean primary key default true check (enige),
    maand int not null
);
