-- A record may be mended again: the last bytes are read in its place, and each act stays.
drop index mended_once;
