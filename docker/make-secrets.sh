#!/bin/sh
# Makes the secrets of docker/compose.yaml, or of docker/k8s, once: random ones, and empty files for those that others give out.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=$here/secrets
database=postgres
direct=

usage() {
  cat <<END
usage: docker/make-secrets.sh [--kubernetes] [FOLDER]

Makes one file (mode 0600) for each secret in FOLDER (default: $folder).
With --kubernetes the URLs are those of docker/k8s/database (default FOLDER: $here/k8s/overlays/production/secrets).
A file that is there already is left as it is, so running it again adds only what is missing.
END
}

if [ "${1-}" = --kubernetes ]; then
  shift
  folder=$here/k8s/overlays/production/secrets
  database=telemy-pooler-rw
  direct=telemy-db-rw
fi
case "${1-}" in
  -h | --help) usage; exit 0 ;;
  -*) usage >&2; exit 2 ;;
  ?*) folder=$1 ;;
esac

umask 077
mkdir -p "$folder"
# noclobber: a secret that is in use is never written over, not even by two runs at once.
set -C

put() {
  if [ -e "$folder/$1" ]; then
    echo "  $1  is there, left as it is"
  else
    printf '%s' "$2" >"$folder/$1"
    if [ -n "$2" ]; then echo "  $1  made"; else echo "  $1  empty: put the secret in if you have one"; fi
  fi
}

random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

echo "Secrets in $folder:"
put postgres_password "$(random 24)"
put database_url "postgres://telemy:$(cat "$folder/postgres_password")@$database:5432/telemy"
if [ -n "$direct" ]; then put database_direct_url "postgres://telemy:$(cat "$folder/postgres_password")@$direct:5432/telemy"; fi
for name in jwt_secret refresh_token_secret relay_shared_key plugin_login_complete_key; do
  put "$name" "$(random 32)"
  put "${name}_previous" ''
done
put grafana_password "$(random 16)"
# LemonSqueezy takes at most 40 characters.
put lemonsqueezy_webhook_secret "$(random 20)"
for name in lemonsqueezy_webhook_secret_previous lemonsqueezy_api_key oidc_client_secret pool_api_key otel_exporter_otlp_headers \
  aws_secret_access_key aws_session_token cloudflare_api_token backup_s3_secret_access_key \
  tls_certificate tls_key; do
  put "$name" ''
done

# Files that are mounted keep their owner, whom the containers must be.
uid=$(id -u) gid=$(id -g)
if [ "$uid" -eq 0 ]; then
  uid=1000 gid=1000
  chown -R "$uid:$gid" "$folder"
fi
if [ -z "$direct" ] && { [ "$uid" -ne 1000 ] || [ "$gid" -ne 1000 ]; }; then
  echo "The containers must run as you to read them. Put into docker/.env:"
  echo "  TELEMY_UID=$uid"
  echo "  TELEMY_GID=$gid"
fi
