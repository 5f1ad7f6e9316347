-- Roles and databases of gateway and settlement: sudo -u postgres psql -f deploy/postgresql.sql
--
-- Each program logs in over PostgreSQL's socket under the name of its system user, which needs no
-- password (`peer` in pg_hba.conf, Debian's default), and sees no other database than its own:
--   postgresql+psycopg:///taigan_gateway        postgresql+psycopg:///taigan_settlement
-- It reads and writes rows there, and changes only those of tables that it must. Tables belong to
-- taigan-owner, as whom only `migrate` is run: a program that was broken into can make no table, and
-- take no trigger off what explains money. `taigan-gateway check`, `taigan-settlement check` tell.
-- Repeating it changes nothing; databases that a program still owned are handed to the owner. Run
-- `migrate` as the owner after it: it gives the rights to change rows.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['taigan-owner', 'taigan-gateway', 'taigan-settlement']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

SELECT format('CREATE DATABASE %I OWNER "taigan-owner"', name)
FROM unnest(ARRAY['taigan_gateway', 'taigan_settlement']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

REVOKE ALL ON DATABASE taigan_gateway, taigan_settlement FROM PUBLIC;

\set program taigan-gateway
\connect taigan_gateway
\ir postgresql-rights.sql
\set program taigan-settlement
\connect taigan_settlement
\ir postgresql-rights.sql
