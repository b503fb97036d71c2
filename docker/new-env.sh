#!/bin/sh
# Prints the one .env of docker-compose.yml, with fresh secrets: sh docker/new-env.sh > .env && chmod 600 .env
# Any setting of .env.example may be added to it. Secrets stand in URLs: letters and digits only.
set -eu
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
cat <<EOF
# Which services run: core (the platform), logs (Kibana, Filebeat, Logstash).
COMPOSE_PROFILES=core,logs

# Published on 127.0.0.1 only.
PORT=8000
KIBANA_PORT=5601

# Worker containers; a topic has 4 partitions, so more than 4 stand by.
WORKERS=2

# Memory of the Java servers' heaps. Container limits follow docs/scaling.md.
KAFKA_HEAP=512m
CONNECT_HEAP=512m
ELASTICSEARCH_HEAP=1g
LOGSTASH_HEAP=384m

POSTGRES_PASSWORD=$(secret)
HERO_DATABASE_PASSWORD=$(secret)
REGISTRY_DATABASE_PASSWORD=$(secret)
REDIS_PASSWORD=$(secret)
ELASTIC_PASSWORD=$(secret)
ELASTICSEARCH_PASSWORD=$(secret)
KIBANA_SYSTEM_PASSWORD=$(secret)
KIBANA_ENCRYPTION_KEY=$(secret)
LOGSTASH_PASSWORD=$(secret)
EOF
