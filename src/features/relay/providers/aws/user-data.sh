#!/bin/bash
# Makes a Telemy relay of a fresh instance. EC2 runs it once, as root; the service that it installs runs it again, as
# `relay report`. Whatever stands between @ signs is filled in, quoted, before the launch.
#
# Ports: 5000/udp SRTLA in, 4001/udp SRT in, 4000/udp SRT out, 5080/tcp statistics per link, 8090/tcp the SRT server's API.
set -euo pipefail
umask 077

SESSION_ID=@SESSION_ID@
PUBLISHER=@PUBLISHER@
PLAYER=@PLAYER@
RELAY_KEY=@RELAY_KEY@
SLS_API_KEY=@SLS_API_KEY@
HEALTH_URL=@HEALTH_URL@
SRTLA_IMAGE=@SRTLA_IMAGE@
SLS_IMAGE=@SLS_IMAGE@

# Tests put their own places here.
CONFIG_DIR="${TELEMY_CONFIG_DIR:-/etc/telemy}"
PROGRAM_DIR="${TELEMY_PROGRAM_DIR:-/usr/local/lib/telemy}"
UNIT_DIR="${TELEMY_UNIT_DIR:-/etc/systemd/system}"
SLS_URL="${TELEMY_SLS_URL:-http://127.0.0.1:8090}"
IMDS_URL="${TELEMY_IMDS_URL:-http://169.254.169.254}"
CONNTRACK="${TELEMY_CONNTRACK:-/proc/net/nf_conntrack}"
UPTIME_FILE="${TELEMY_UPTIME_FILE:-/proc/uptime}"
REPORT_EVERY_S=30
LONGEST_UPTIME_S=604800

log() {
  printf 'telemy: %s\n' "$*" >&2
}

# Secrets go through files that only root can read, never through arguments, which every process can see.
write_secrets() {
  mkdir -p "$CONFIG_DIR"
  chmod 700 "$CONFIG_DIR"
  printf 'SLS_API_KEY=%s\n' "$SLS_API_KEY" >"$CONFIG_DIR/sls.env"
  printf 'X-Relay-Auth: %s\n' "$RELAY_KEY" >"$CONFIG_DIR/health.header"
  write_sls_header "$SLS_API_KEY"
}

write_sls_header() {
  printf 'Authorization: Bearer %s\n' "$1" >"$CONFIG_DIR/sls.header"
}

install_docker() {
  if ! command -v docker >/dev/null; then
    if command -v dnf >/dev/null; then
      dnf install -y -q docker
    else
      apt-get update -q
      DEBIAN_FRONTEND=noninteractive apt-get install -y -q docker.io curl
    fi
  fi
  systemctl enable --now docker
}

pull_image() {
  local tries=0
  until docker pull --quiet "$1" >/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -ge 10 ]; then
      log "cannot pull $1"
      return 1
    fi
    sleep 3
  done
}

# The SRT server serves its API at 8080 of its container.
start_containers() {
  pull_image "$SLS_IMAGE"
  pull_image "$SRTLA_IMAGE"
  docker network create telemy >/dev/null 2>&1 || true
  docker rm --force telemy-sls telemy-srtla >/dev/null 2>&1 || true
  docker run --detach --name telemy-sls --network telemy --restart unless-stopped \
    --env-file "$CONFIG_DIR/sls.env" \
    --publish 4000:4000/udp --publish 4001:4001/udp --publish 8090:8080/tcp \
    "$SLS_IMAGE" >/dev/null
  docker run --detach --name telemy-srtla --network telemy --restart unless-stopped \
    --env SLS_HOST=telemy-sls --env SLS_PORT=4001 \
    --publish 5000:5000/udp --publish 5080:5080/tcp \
    "$SRTLA_IMAGE" >/dev/null
}

install_service() {
  mkdir -p "$PROGRAM_DIR"
  install -m 700 "$1" "$PROGRAM_DIR/relay"
  cat >"$UNIT_DIR/telemy-relay.service" <<UNIT
[Unit]
Description=Telemy relay: stream id and health reports
After=docker.service network-online.target
Wants=network-online.target

[Service]
ExecStart=$PROGRAM_DIR/relay report
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable --now telemy-relay.service
}

# GET from the SRT server; prints the body, fails unless it is a 200.
ask_sls() {
  curl --silent --fail --max-time 3 --max-filesize 65536 "$SLS_URL$1"
}

# Prints the status of the answer, 000 without one.
add_stream_id() {
  printf '{"publisher":"%s","player":"%s","description":"%s"}' "$PUBLISHER" "$PLAYER" "$SESSION_ID" |
    curl --silent --output /dev/null --write-out '%{http_code}' --max-time 5 \
      --header "@$CONFIG_DIR/sls.header" --header 'Content-Type: application/json' \
      --data-binary @- "$SLS_URL/api/stream-ids" || true
}

# A server that takes no key from its environment makes one of its own and logs it, once.
learn_sls_key() {
  local key
  key="$(docker logs telemy-sls 2>&1 | sed -n 's/.*Generated default admin API key: *\([A-Za-z0-9]\{16,128\}\).*/\1/p' | tail -n 1)"
  if [ -z "$key" ]; then
    log 'the SRT server refuses the key'
    return 1
  fi
  write_sls_header "$key"
}

# Also after the server has lost its streams with its container.
ensure_stream_id() {
  ask_sls "/stats/$PLAYER" >/dev/null && return 0
  ask_sls /health >/dev/null || return 1
  local status
  status="$(add_stream_id)"
  if [ "$status" = 401 ] && learn_sls_key; then status="$(add_stream_id)"; fi
  case "$status" in
    2* | 409) return 0 ;;
  esac
  log "the stream id was not made: $status"
  return 1
}

# Prints true or false; nothing when the server doesn't tell, for that is not the same as no stream.
ingest_active() {
  local stats
  stats="$(ask_sls "/stats/$PLAYER?legacy=1")" || return 0
  if printf '%s' "$stats" | grep -Eq '"publishers"[[:space:]]*:[[:space:]]*\{[[:space:]]*"'; then
    echo true
  elif printf '%s' "$stats" | grep -q '"publishers"'; then
    echo false
  fi
}

# Whether somebody exchanges packets with the player's port; nothing where the kernel doesn't show its connections.
egress_active() {
  [ -r "$CONNTRACK" ] || return 0
  if grep -Eq '^[^ ]+ +[0-9]+ udp .*dport=4000 .*\[ASSURED\]' "$CONNTRACK"; then echo true; else echo false; fi
}

uptime_seconds() {
  local seconds
  seconds="$(cut -d. -f1 "$UPTIME_FILE")"
  if [ "$seconds" -gt "$LONGEST_UPTIME_S" ]; then seconds="$LONGEST_UPTIME_S"; fi
  echo "$seconds"
}

# Needs a token for each session; it goes through standard input, like all secrets.
instance_id() {
  local token
  token="$(curl --silent --fail --max-time 3 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$IMDS_URL/latest/api/token")" || return 1
  printf 'X-aws-ec2-metadata-token: %s\n' "$token" |
    curl --silent --fail --max-time 3 --header @- "$IMDS_URL/latest/meta-data/instance-id"
}

health_report() {
  local ingest egress
  ingest="$(ingest_active)"
  egress="$(egress_active)"
  printf '{"session_id":"%s","instance_id":"%s",' "$SESSION_ID" "$1"
  if [ -n "$ingest" ]; then printf '"ingest_active":%s,' "$ingest"; fi
  if [ -n "$egress" ]; then printf '"egress_active":%s,' "$egress"; fi
  printf '"session_uptime_seconds":%s,"observed_at":"%s"}' "$(uptime_seconds)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

send_report() {
  local status
  status="$(health_report "$1" |
    curl --silent --output /dev/null --write-out '%{http_code}' --max-time 10 \
      --header "@$CONFIG_DIR/health.header" --header 'Content-Type: application/json' \
      --data-binary @- "$HEALTH_URL")" || true
  case "$status" in
    2*) return 0 ;;
  esac
  log "the health report was answered: $status"
  return 1
}

report_forever() {
  local id
  until id="$(instance_id)"; do sleep 1; done
  until ensure_stream_id; do sleep 1; done
  while true; do
    send_report "$id" || true
    sleep "$REPORT_EVERY_S"
    ensure_stream_id || true
  done
}

main() {
  if [ "${1:-boot}" = report ]; then
    report_forever
    return
  fi
  write_secrets
  install_docker
  start_containers
  install_service "$0"
}

# Tests read the functions without running anything.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then main "$@"; fi
