# Cloudflare's ranges: where they come from, and what is too odd to be them. For restrict-to-cloudflare.sh.
# The server holds CLOUDFLARE_RANGES_FILE to the same rules (src/http/cloudflare-ranges.ts).

FEWEST_IPV4=5
FEWEST_IPV6=3
MOST_RANGES=200
# Wider ones would let in nearly everyone, in bits.
SHORTEST_IPV4=8
SHORTEST_IPV6=16
MOST_BYTES=65536
# Private or special (RFC 6890), and multicast with all behind it.
NOT_PUBLIC=(0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3)

# Prints the ranges to restrict to. Fails, before anything is changed, where there is no list that can be right.
find_ranges() {
  local kept="$STATE_DIR/cloudflare-ranges.txt"
  if [ -n "$RANGES_FILE" ]; then
    [ -r "$RANGES_FILE" ] || fail "$RANGES_FILE cannot be read."
    read_ranges "$RANGES_FILE" <"$RANGES_FILE"
  elif [ -z "$REFRESH" ] && [ -r "$kept" ]; then
    read_ranges "$kept" <"$kept"
  else
    local text
    text="$(fetch_ranges)" || fail "Cloudflare's lists could not be read, so nothing was changed. Try again later, or name a file by --ranges."
    read_ranges "Cloudflare's list" <<<"$text"
  fi
}

fetch_ranges() {
  local family
  for family in v4 v6; do
    curl --fail --silent --show-error --location --proto =https --max-time 20 --max-filesize "$MOST_BYTES" \
      "https://www.cloudflare.com/ips-$family" || return 1
    # The lists end without one.
    echo
  done
}

# Whole or not at all: the server may read it at any time.
keep_ranges() {
  local kept="$STATE_DIR/cloudflare-ranges.txt"
  if [ -r "$kept" ] && [ "$(cat "$kept")" = "$RANGES" ]; then return; fi
  printf '%s\n' "$RANGES" >"$kept.new"
  chmod 0644 "$kept.new"
  mv "$kept.new" "$kept"
  say "Kept the list in $kept."
}

# Prints the ranges of standard input, each once; $1 is its name. Fails with every fault.
read_ranges() {
  local text line faults='' ipv4=0 ipv6=0
  text="$(head -c "$((MOST_BYTES + 1))" | tr -d '\000\r' | tr 'A-F' 'a-f')"
  [ ${#text} -le "$MOST_BYTES" ] || fail "$1 is larger than $MOST_BYTES bytes. That cannot be right, so nothing was changed."
  text="$(sed -E 's/^[[:space:]]+|[[:space:]]+$//g' <<<"$text" | awk 'NF && !/^#/ && !seen[$0]++')"
  # Before each line is looked at.
  [ "$(wc -l <<<"$text")" -le "$MOST_RANGES" ] || fail "$1 has more than $MOST_RANGES ranges. That cannot be right, so nothing was changed."
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    find_fault "$line"
    [ -z "$FAULT" ] || faults+="  - ${line:0:60} $FAULT"$'\n'
    if [[ "$line" == *:* ]]; then ipv6=$((ipv6 + 1)); else ipv4=$((ipv4 + 1)); fi
  done <<<"$text"
  [ -z "$faults" ] || fail "$1 cannot be right, so nothing was changed:"$'\n'"${faults%$'\n'}"
  if [ "$ipv4" -lt "$FEWEST_IPV4" ] || [ "$ipv6" -lt "$FEWEST_IPV6" ]; then
    fail "$1 has $ipv4 ranges of IPv4 and $ipv6 of IPv6; fewer than $FEWEST_IPV4 and $FEWEST_IPV6 cannot be right, so nothing was changed."
  fi
  printf '%s\n' "$text"
}

# Sets FAULT, empty for a good range. Nothing here starts a process: there are thousands of comparisons.
find_fault() {
  FAULT=
  if [[ "$1" == *:* ]]; then find_fault_ipv6 "$1"; else find_fault_ipv4 "$1"; fi
}

find_fault_ipv4() {
  local octet='(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])' bits special
  if ! [[ "$1" =~ ^$octet(\.$octet){3}/(3[0-2]|[12]?[0-9])$ ]]; then FAULT='is no CIDR'; return; fi
  bits="${1#*/}"
  if [ "$bits" -lt "$SHORTEST_IPV4" ]; then FAULT='is too wide'; return; fi
  read_number "$1"
  if [ $((NUMBER & ((1 << (32 - bits)) - 1))) -ne 0 ]; then FAULT="does not begin where a /$bits does"; return; fi
  for special in "${NOT_PUBLIC[@]}"; do
    if overlap "$1" "$special"; then FAULT="is not public ($special)"; return; fi
  done
}

# Sets NUMBER to an IPv4 address as a number.
read_number() {
  local address="${1%/*}" octets
  # shellcheck disable=SC2206
  octets=(${address//./ })
  NUMBER=$(((octets[0] << 24) + (octets[1] << 16) + (octets[2] << 8) + octets[3]))
}

overlap() {
  local bits="${1#*/}" other="${2#*/}" first
  [ "$other" -ge "$bits" ] || bits="$other"
  read_number "$1"
  first=$((NUMBER >> (32 - bits)))
  read_number "$2"
  [ "$first" -eq $((NUMBER >> (32 - bits))) ]
}

# Public ones are in 2000::/3 (RFC 4291); in it, documentation and 6to4 aren't. A range is written with its end as ::.
find_fault_ipv6() {
  local bits="${1#*/}"
  if ! [[ "$1" =~ ^([0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,6})?::/[0-9]{1,3}$ ]] || [ "$bits" -gt 128 ]; then
    FAULT='is no CIDR'
  elif [ "$bits" -lt "$SHORTEST_IPV6" ]; then
    FAULT='is too wide'
  elif ! [[ "$1" =~ ^[23][0-9a-f]{3}: ]] || [[ "$1" =~ ^(2001:db8|2002): ]]; then
    FAULT='is not public'
  fi
}
