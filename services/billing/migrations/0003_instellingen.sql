-- The settings that were ever in force, whole; those with the latest `sinds` are.
create table instellingen (
    versie text primary key,
    inhoud jsonb not null,
    sinds timestamptz not null unique
);

-- The tariff of each month in cents (year * 12 + month - 1), kept equal to the settings in force; of a definitive month
-- that by which it was closed, or else the first it was given. Seeded with the national ones, by which the version
-- before this one determines.
create table tarief (
    maand int primary key,
    bedrag_cent int not null check (bedrag_cent >= 0)
);
insert into tarief (maand, bedrag_cent)
select maand, case
    when maand between 2020 * 12 + 3 and 2020 * 12 + 4 then 0 -- April and May 2020: not due
    when maand < 2024 * 12 then 1900
    when maand < 2025 * 12 then 2060
    when maand < 2026 * 12 then 2100
    else 2180
end
from generate_series(2020 * 12, 2026 * 12 + 11) maand;
