-- Roles and databases of gateway and settlement: sudo -u postgres psql -f deploy/postgresql.sql
--
-- Each program logs in over PostgreSQL's socket under the name of its system user, which needs no
-- password (`peer` in pg_hba.conf, Debian's default), and sees no other database than its own:
--   postgresql+psycopg:///taigan_gateway        postgresql+psycopg:///taigan_settlement
-- Repeating it changes nothing.
\set ON_ERROR_STOP on

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['taigan-gateway', 'taigan-settlement']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

SELECT format('CREATE DATABASE %I OWNER %I', replace(name, '-', '_'), name)
FROM unnest(ARRAY['taigan-gateway', 'taigan-settlement']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = replace(name, '-', '_')) \gexec

REVOKE ALL ON DATABASE taigan_gateway, taigan_settlement FROM PUBLIC;
