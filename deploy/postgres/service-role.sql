-- Runs once, when the volume of the database is new. `migrate --grant-to` gives the role what it needs.
\set password `cat /run/secrets/database_service_password`
CREATE ROLE happycolis_service LOGIN PASSWORD :'password';
