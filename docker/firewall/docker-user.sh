# Docker's part of restrict-to-cloudflare.sh: published ports are forwarded, so packets to them pass UFW's rules by, but
# not the chain DOCKER-USER (https://docs.docker.com/engine/network/packet-filtering-firewalls/).

DOCKER_MARK=telemy-firewall

own_chain() { echo "TELEMY-$PORT"; }

# The port as the client asked for it: here it is already the container's.
jump() { echo "DOCKER-USER -p tcp -m conntrack --ctorigdstport $PORT -m comment --comment $DOCKER_MARK -j $(own_chain)"; }

saved() {
  "$1-save" -t filter 2>/dev/null || fail "$1 cannot be read. Install it (apt-get install iptables), and run this as root."
}

# A kernel without IPv6 has nothing to restrict there.
docker_tools() {
  echo iptables
  [ ! -e /proc/net/if_inet6 ] && ! ip6tables-save -t filter >/dev/null 2>&1 || echo ip6tables
}

has_chain() { command -v "$1-save" >/dev/null && grep -q "^:$2 " <<<"$("$1-save" -t filter 2>/dev/null)"; }

# The rules of our chain as they are saved: RETURN leaves the packet to the rules of others and of Docker.
chain_wanted() {
  local rule name range mark
  rule="-A $(own_chain)"
  mark="-m comment --comment $DOCKER_MARK"
  echo "$rule -m conntrack --ctstate RELATED,ESTABLISHED $mark -j RETURN"
  for name in "${INSIDE[@]}"; do echo "$rule -i $name $mark -j RETURN"; done
  while IFS= read -r range; do
    case "$1 $range" in
      ip6tables\ *:* | iptables\ *.*) echo "$rule -s $range $mark -j RETURN" ;;
    esac
  done <<<"$RANGES"
  echo "$rule $mark -j DROP"
}

# Whether the chain and the jump to it, before all other rules, are there: $1 is the tool, $2 what it saves.
is_restricted() {
  local rules
  rules="$(grep "^-A DOCKER-USER " <<<"$2" || true)"
  [ "$(head -n 1 <<<"$rules")" = "-A $(jump)" ] &&
    [ "$(grep -cxF -- "-A $(jump)" <<<"$rules")" = 1 ] &&
    [ "$(grep "^-A $(own_chain) " <<<"$2")" = "$(chain_wanted "$1")" ]
}

# What changes the tables of tool $1, given what it saves: for its restore command, which takes all of it at once or
# nothing, so that there is no moment in between. Empty: nothing to change.
docker_changes() {
  local tool="$1" now="$2" jumps
  jumps="$(grep -xF -- "-A $(jump)" <<<"$now" | sed 's/^-A/-D/' || true)"
  if [ "$ACTION" = remove ]; then
    grep -q "^:$(own_chain) " <<<"$now" || return 0
    printf '*filter\n%s%s-F %s\n-X %s\nCOMMIT\n' "$jumps" "${jumps:+$'\n'}" "$(own_chain)" "$(own_chain)"
    return
  fi
  ! is_restricted "$tool" "$now" || return 0
  printf '*filter\n'
  # Docker keeps one that is there when it starts: made before that, the port is never open.
  grep -q '^:DOCKER-USER ' <<<"$now" || printf ':DOCKER-USER - [0:0]\n'
  # To name a chain empties it, and at COMMIT it is full again.
  printf ':%s - [0:0]\n' "$(own_chain)"
  chain_wanted "$tool"
  [ -z "$jumps" ] || printf '%s\n' "$jumps"
  printf -- '-I %s\nCOMMIT\n' "$(jump | sed 's/^DOCKER-USER /DOCKER-USER 1 /')"
}

restrict_docker() {
  local tool tools now changes
  tools="$(docker_tools)"
  # Both are tried before one is changed.
  for tool in $tools; do
    now="$(saved "$tool")"
    changes="$(docker_changes "$tool" "$now")"
    [ -z "$changes" ] || [ -n "$DRY_RUN" ] || "$tool-restore" --noflush --wait 10 --test <<<"$changes" ||
      fail "$tool does not take the rules, so nothing was changed."
  done
  for tool in $tools; do
    now="$(saved "$tool")"
    changes="$(docker_changes "$tool" "$now")"
    if [ -z "$changes" ]; then
      say "Docker ($tool): nothing to change."
    elif [ -n "$DRY_RUN" ]; then
      printf "would run: %s-restore --noflush --wait 10 <<'RULES'\n%s\nRULES\n" "$tool" "$changes"
    else
      "$tool-restore" --noflush --wait 10 <<<"$changes" || fail "$tool did not take the rules; those of before are still there."
      say "Docker ($tool): chain $(own_chain) $([ "$ACTION" = remove ] && echo removed || echo replaced)."
    fi
  done
}
