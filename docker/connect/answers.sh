#!/bin/bash
# Whether Connect answers: answers.sh [PORT] [PATH]. Bash alone, since the image has no certain HTTP client.
set -eu
exec 3<>"/dev/tcp/localhost/${1:-8083}"
printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "${2:-/connectors}" >&3
read -r -t 5 _ status _ <&3
[ "$status" = 200 ]
