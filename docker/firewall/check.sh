# --check of restrict-to-cloudflare.sh: a table of what should be and whether it is.

check() {
  local agrees=1
  printf '%-28s %s\n' 'PART' 'STATE'
  [ -z "$1" ] || check_ufw || agrees=
  local tool
  if [ -n "$2" ]; then
    for tool in $(docker_tools); do check_docker "$tool" || agrees=; done
  fi
  check_server || agrees=
  if [ -n "$agrees" ]; then return; fi
  printf 'Run this without --check (as the timer does, with --refresh) to mend the rules.\n' >&2
  return 1
}

row() { printf '%-28s %s\n' "$1" "$2"; }

check_ufw() {
  local wanted present missing stale openings
  wanted="$(ufw_wanted)"
  present="$(ufw_present ours)" || exit 1
  missing="$(count_lines "$(lines_without "$wanted" "$present")")"
  stale="$(count_lines "$(lines_without "$present" "$wanted")")"
  openings="$(count_lines "$(ufw_openings)")"
  if ! ufw_is_active; then row UFW 'not active'; return 1; fi
  if [ "$missing$stale$openings" != 000 ]; then
    row UFW "$missing missing, $stale stale, $openings of others let everyone in"
    return 1
  fi
  row UFW "restricted ($(count_lines "$present") rules)"
}

check_docker() {
  local now
  now="$(saved "$1")" || exit 1
  if ! is_restricted "$1" "$now"; then row "Docker ($1)" 'NOT restricted as it should be'; return 1; fi
  row "Docker ($1)" "restricted ($(grep -c "^-A $(own_chain) " <<<"$now") rules)"
}

# The server believes Cloudflare's headers from its own list: an address that is in one list alone is shut out, or is
# taken for the client.
check_server() {
  local file="$SERVER_LIST" candidate told new old
  for candidate in "$HERE/../../src/http/cloudflare-ranges.ts" "$HERE/../../dist/src/http/cloudflare-ranges.js"; do
    [ -n "$file" ] || [ ! -r "$candidate" ] || file="$candidate"
  done
  if [ -z "$file" ]; then row "server's list" 'not found: name it by --server-list'; return 0; fi
  [ -r "$file" ] || fail "$file cannot be read."
  told="$(grep -oE '[0-9a-f]+[.:][0-9a-f.:]*/[0-9]{1,3}' "$file" | sort -u || true)"
  new="$(lines_without "$RANGES" "$told")"
  old="$(lines_without "$told" "$RANGES")"
  if [ -z "$new$old" ]; then row "server's list" "agrees ($(count_lines "$told") ranges)"; return 0; fi
  row "server's list" 'differs: set CLOUDFLARE_RANGES_FILE to a copy of the new list, and restart the server'
  [ -z "$new" ] || sed 's/^/  the server lacks /' <<<"$new"
  [ -z "$old" ] || sed 's/^/  the server alone has /' <<<"$old"
  return 1
}
