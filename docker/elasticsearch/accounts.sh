#!/bin/bash
# Index templates, and the roles and users of Elasticsearch, each with as little as it needs. Repeating it changes nothing
# but passwords.
set -euo pipefail

put() { # put PATH JSON
    curl --silent --show-error --fail --output /dev/null --user "elastic:$ELASTIC_PASSWORD" \
        --request PUT --header 'Content-Type: application/json' --data "$2" "http://elasticsearch:9200$1"
}

# Before anybody writes: the first line would otherwise make a stream of the built-in template.
for kind in component index; do
    for file in /usr/share/elasticsearch/herofactory-templates/"$kind"/*.json; do
        name=$(basename "$file" .json)
        if [ "$kind" = component ]; then put "/_component_template/$name" "$(<"$file")"
        else put "/_index_template/$name" "$(<"$file")"; fi
    done
done

put /_security/user/kibana_system/_password "{\"password\": \"$KIBANA_SYSTEM_PASSWORD\"}"

put /_security/role/herofactory '{
  "cluster": ["monitor", "manage_index_templates"],
  "indices": [
    {"names": ["items", "items-*"], "privileges": ["all"]},
    {"names": ["metrics-herofactory.*"], "privileges": ["auto_configure", "create_doc", "create_index"]}
  ]
}'
put /_security/user/herofactory "{\"password\": \"$ELASTICSEARCH_PASSWORD\", \"roles\": [\"herofactory\"]}"

put /_security/role/herofactory_logs '{
  "cluster": ["monitor"],
  "indices": [{"names": ["logs-herofactory.*"], "privileges": ["auto_configure", "create_doc", "create_index"]}]
}'
put /_security/user/herofactory_logs "{\"password\": \"$LOGSTASH_PASSWORD\", \"roles\": [\"herofactory_logs\"]}"
