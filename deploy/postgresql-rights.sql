-- What a program may do in its own database: included by postgresql.sql, once for each, with
-- :program. Rows, and nothing about tables.
REASSIGN OWNED BY :"program" TO "taigan-owner";
GRANT CONNECT ON DATABASE :"DBNAME" TO :"program";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO "taigan-owner";
GRANT USAGE ON SCHEMA public TO :"program";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"program";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"program";
ALTER DEFAULT PRIVILEGES FOR ROLE "taigan-owner" IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"program";
ALTER DEFAULT PRIVILEGES FOR ROLE "taigan-owner" IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO :"program";
