-- Run once, on an empty volume, as the superuser: two databases, each owned by a role of its own.
\getenv hero_password HERO_DATABASE_PASSWORD
\getenv registry_password REGISTRY_DATABASE_PASSWORD

-- Change capture reads the write-ahead log through a replication slot, hence REPLICATION.
CREATE ROLE herofactory LOGIN REPLICATION PASSWORD :'hero_password';
CREATE DATABASE herofactory OWNER herofactory;
CREATE ROLE registry LOGIN PASSWORD :'registry_password';
CREATE DATABASE registry OWNER registry;

\connect herofactory
CREATE EXTENSION vector;
