-- What a program may do in its own database: included by postgresql.sql, once for each, with
-- :program. Rows, and nothing about tables: it reads and adds them. Which ones it may change or delete
-- is the program's to know: `migrate`, run as the owner after this, gives exactly those rights.
REASSIGN OWNED BY :"program" TO "taigan-owner";
GRANT CONNECT ON DATABASE :"DBNAME" TO :"program";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO "taigan-owner";
GRANT USAGE ON SCHEMA public TO :"program";
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO :"program";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"program";
ALTER DEFAULT PRIVILEGES FOR ROLE "taigan-owner" IN SCHEMA public
  REVOKE UPDATE, DELETE ON TABLES FROM :"program";
ALTER DEFAULT PRIVILEGES FOR ROLE "taigan-owner" IN SCHEMA public
  GRANT SELECT, INSERT ON TABLES TO :"program";
ALTER DEFAULT PRIVILEGES FOR ROLE "taigan-owner" IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO :"program";
