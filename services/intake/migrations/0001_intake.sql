-- What no two rows may say of one day is refused by exclusion, on an id and a range of days.
create extension if not exists btree_gist;

create table klanthouder (
    klanthouder_id uuid primary key,
    naam text not null
);

-- A resident. `sleutel` is what makes two reports the same person: a hash, so that no error can quote one.
create table client (
    client_id uuid primary key,
    versie bigint not null default 0,
    voornamen text not null,
    achternaam text not null,
    geboortedatum date not null,
    sleutel bytea not null constraint client_een_per_inwoner unique,
    uitgeschreven_per date,
    reden text,
    opgegaan_in uuid references client,
    check (opgegaan_in <> client_id)
);
create index on client (opgegaan_in) where opgegaan_in is not null;

create table adres (
    client_id uuid not null references client,
    periode daterange not null,
    postcode text not null,
    huisnummer int not null,
    toevoeging text,
    wijk_jaar int not null,
    wijk_code text not null,
    verhuizing_id uuid unique,
    constraint adres_een_per_dag primary key (client_id, periode without overlaps)
);

-- A client belongs to one huishouden on any day, and a huishouden has two places: both by the database.
create table huishouden (
    huishouden_id uuid primary key,
    versie bigint not null default 0
);
create table lid (
    huishouden_id uuid not null references huishouden,
    client_id uuid not null references client,
    plek smallint not null check (plek in (1, 2)),
    periode daterange not null,
    constraint lid_een_huishouden_per_dag unique (client_id, periode without overlaps),
    constraint lid_hoogstens_twee unique (huishouden_id, plek, periode without overlaps)
);

create table klanthouderschap (
    client_id uuid not null references client,
    klanthouder_id uuid not null references klanthouder,
    periode daterange not null,
    versie bigint not null,
    constraint klanthouder_een_per_dag primary key (client_id, periode without overlaps)
);
create index on klanthouderschap (klanthouder_id);

create table melding (
    melding_id uuid primary key,
    client_id uuid not null references client,
    datum date not null,
    kanaal text not null,
    domein text not null,
    spoed boolean not null,
    toelichting text,
    uiterlijk date not null,
    constraint melding_een_per_dag unique (client_id, datum, domein),
    unique (melding_id, client_id)
);

create table onderzoek (
    melding_id uuid primary key references melding,
    datum date not null
);
create table behoefte (
    melding_id uuid not null references onderzoek,
    nummer smallint not null,
    oplossing text not null,
    productcategorie text,
    omschrijving text,
    primary key (melding_id, nummer),
    check ((oplossing = 'maatwerk') = (productcategorie is not null))
);

create table aanvraag (
    aanvraag_id uuid primary key,
    melding_id uuid not null,
    client_id uuid not null,
    datum date not null,
    uiterlijk date not null,
    gevraagd text[] not null,
    constraint aanvraag_van_de_client foreign key (melding_id, client_id) references melding (melding_id, client_id),
    constraint aanvraag_een_per_dag unique (melding_id, datum)
);

-- Given by the gemeente with a reason that stays here, or derived from birth dates. Months are year * 12 + month - 1.
create table vrijstelling (
    vrijstelling_id uuid primary key,
    versie bigint not null,
    huishouden_id uuid references huishouden,
    client_id uuid references client,
    geldt_voor text not null,
    telt_voor_kostprijs boolean not null,
    van_maand int not null,
    tot_maand int,
    vervallen boolean not null default false,
    afgeleid boolean not null,
    reden text,
    check (num_nonnulls(huishouden_id, client_id) = 1)
);
create index on vrijstelling (huishouden_id) where afgeleid;
create index on vrijstelling (client_id) where afgeleid;
