-- A bijdrage is found by its id: each has one line with which it began.
create index on bijdrage_regel (bijdrage_id) where soort = 'bijdrage';
