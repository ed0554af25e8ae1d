#!/usr/bin/env bash
# Lets only Cloudflare reach the control plane's port, in UFW and for ports that Docker publishes. See --help.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=ranges.sh
. "$HERE/ranges.sh"
# shellcheck source=ufw.sh
. "$HERE/ufw.sh"
# shellcheck source=docker-user.sh
. "$HERE/docker-user.sh"
# shellcheck source=check.sh
. "$HERE/check.sh"

PORT=8080
ACTION=apply
REFRESH=
DRY_RUN=
RANGES_FILE=
ONLY=
INSIDE=(docker0 br-+)
STATE_DIR=/var/lib/telemy-firewall
SERVER_LIST=

usage() {
  cat <<'TEXT'
Usage: restrict-to-cloudflare.sh [options]

Lets only Cloudflare's addresses reach a TCP port: by rules of UFW, and by a chain that DOCKER-USER jumps to, because
ports that Docker publishes pass UFW by. IPv4 and IPv6. Rules of others are left alone; run again, it changes only what
differs. It never turns UFW on and never touches SSH. Needs root, bash and curl.

  --refresh           read Cloudflare's lists anew, restrict to them, and keep them as the last good copy;
                      for a timer: if anything is wrong with them nothing changes, and it ends with 1
  --check             change nothing; tell whether the rules are there, and whether the server's own list agrees
  --remove            take all rules of this script for the port away again
  --dry-run           print every command that would change something instead of running it
  --port NUMBER       the port as the host has it (default 8080)
  --ranges FILE       take the ranges from a file, one a line, instead of the last good copy or Cloudflare
  --only ufw|docker   one of the two firewalls (default: each that is installed)
  --inside INTERFACE  a network of containers whose packets pass (may be repeated; default docker0 and br-+)
  --state-dir DIR     where the last good copy is (default /var/lib/telemy-firewall)
  --server-list FILE  the server's own list for --check: cloudflare-ranges.ts, or the file of CLOUDFLARE_RANGES_FILE
  --help              this text

Ends with 0 when the port is restricted (--check: when all agrees), with 1 when it isn't, with 2 for wrong options.
TEXT
}

fail() {
  printf 'restrict-to-cloudflare: %s\n' "$1" >&2
  exit "${2:-1}"
}

say() { printf '%s\n' "$1"; }

read_options() {
  local inside=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --port | --ranges | --only | --inside | --state-dir | --server-list)
        [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 needs a value. See --help." 2 ;;
    esac
    case "$1" in
      --help | -h) usage; exit 0 ;;
      --refresh) REFRESH=1 ;;
      --check) ACTION=check ;;
      --remove) ACTION=remove ;;
      --dry-run) DRY_RUN=1 ;;
      --port) PORT="$2"; shift ;;
      --ranges) RANGES_FILE="$2"; shift ;;
      --only) ONLY="$2"; shift ;;
      --inside) inside+=("$2"); shift ;;
      --state-dir) STATE_DIR="$2"; shift ;;
      --server-list) SERVER_LIST="$2"; shift ;;
      *) fail "There is no option $1. See --help." 2 ;;
    esac
    shift
  done
  [ ${#inside[@]} -eq 0 ] || INSIDE=("${inside[@]}")
  [[ "$PORT" =~ ^[1-9][0-9]{0,4}$ ]] && [ "$PORT" -le 65535 ] || fail '--port must be a number from 1 to 65535.' 2
  [[ "$ONLY" =~ ^(ufw|docker)?$ ]] || fail '--only must be ufw or docker.' 2
  [ -z "$REFRESH" ] || [ -z "$RANGES_FILE" ] || fail '--refresh reads the ranges from Cloudflare, so it takes no --ranges.' 2
  local name
  for name in "${INSIDE[@]}"; do
    [[ "$name" =~ ^[A-Za-z0-9_.+-]{1,15}$ ]] || fail "--inside must be the name of an interface, and $name is none." 2
  done
}

# The port of SSH is nobody's to restrict here: whoever does has locked himself out.
spare_ssh() {
  local ports
  ports="22 $(cut -d ' ' -f 4 <<<"${SSH_CONNECTION:-}") $(sed -nE 's/^[[:space:]]*Port[[:space:]]+([0-9]+).*/\1/p' /etc/ssh/sshd_config 2>/dev/null || true)"
  [[ " ${ports//$'\n'/ } " != *" $PORT "* ]] || fail "Port $PORT is that of SSH. This script leaves SSH alone." 2
}

# Runs what changes something, or prints it.
run() {
  if [ -n "$DRY_RUN" ]; then
    printf 'would run:'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

uses_ufw() { [ "$ONLY" != docker ] && { [ "$ONLY" = ufw ] || command -v ufw >/dev/null; }; }

uses_docker() {
  [ "$ONLY" != ufw ] || return 1
  [ "$ONLY" = docker ] || command -v docker >/dev/null || has_chain iptables DOCKER-USER
}

main() {
  read_options "$@"
  spare_ssh
  local ufw=1 docker=1
  uses_ufw || ufw=
  uses_docker || docker=
  [ -n "$ufw$docker" ] || fail 'Neither UFW nor Docker is here. Install one of them (apt-get install ufw), or say which by --only.'
  if [ "$ACTION" = apply ] && [ -z "$DRY_RUN" ]; then
    mkdir -p "$STATE_DIR" || fail "$STATE_DIR cannot be made. Run this as root, or name another by --state-dir."
    # Two at a time would see half of each other's work.
    exec 9>"$STATE_DIR/lock"
    flock -w 60 9 || fail 'Another run has been at work for a minute. Try again when it is done.'
  fi
  RANGES=
  [ "$ACTION" = remove ] || RANGES="$(find_ranges)"
  if [ "$ACTION" = check ]; then
    check "$ufw" "$docker"
    return
  fi
  # One that cannot be read is found before the other is changed.
  [ -z "$ufw" ] || ufw_present ours >/dev/null
  [ -z "$docker" ] || restrict_docker
  [ -z "$ufw" ] || restrict_ufw
  [ -z "$REFRESH" ] || [ -n "$DRY_RUN" ] || keep_ranges
  [ -z "$UFW_OPENED" ] || fail 'The port is still open to everyone.'
}

main "$@"
