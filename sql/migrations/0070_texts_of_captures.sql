-- Up Migration
-- What is captured is text, read back by sessions of the server: it is written as these read it, whatever the session of who writes has. A date of a
-- writer with DateStyle 'SQL, DMY' would have been another day.
alter function chorograph.captured() set datestyle = 'ISO';
alter function chorograph.captured() set intervalstyle = 'postgres';
alter function chorograph.captured() set bytea_output = 'hex';

-- Down Migration
alter function chorograph.captured() reset datestyle;
alter function chorograph.captured() reset intervalstyle;
alter function chorograph.captured() reset bytea_output;
