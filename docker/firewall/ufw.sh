# UFW's part of restrict-to-cloudflare.sh. The rules carry a comment by which they are known again.

# Set where a rule of somebody else lets everyone in.
UFW_OPENED=

ufw_mark() { echo "telemy-firewall-$PORT"; }

# What UFW should have, in the words of `ufw show added`.
ufw_wanted() {
  [ -n "$RANGES" ] || return 0
  local range
  while IFS= read -r range; do
    echo "allow from $range to any port $PORT proto tcp"
  done <<<"$RANGES"
  # Without it the port would be as open as UFW's default is.
  echo "deny $PORT/tcp"
}

# Every rule that was added, active or not; $1: ours or theirs.
ufw_present() {
  local added ours
  added="$(ufw show added)" || fail 'UFW cannot be read. Run this as root.'
  ours=" comment '$(ufw_mark)'"
  while IFS= read -r line; do
    case "$1 $line" in
      "ours ufw "*"$ours") line="${line%"$ours"}"; echo "${line#ufw }" ;;
      ours*) ;;
      "theirs ufw "*"$ours") ;;
      "theirs ufw "*) echo "${line#ufw }" ;;
    esac
  done <<<"$added"
}

# Lines of $1 that aren't among those of $2.
lines_without() {
  [ -z "$1" ] || grep -vxF -f <(printf '%s\n' "${2:-(nothing)}") <<<"$1" || true
}

# Rules of others that let everyone in.
ufw_openings() {
  ufw_present theirs | grep -E "^(allow|limit)( in)? (proto tcp )?(from any )?(to any port )?$PORT(/tcp)?( |$)" || true
}

ufw_is_active() { [[ "$(ufw status)" == 'Status: active'* ]]; }

# New rules come first, stale ones go last: in between both are let in.
restrict_ufw() {
  local wanted present missing stale openings line words
  wanted="$(ufw_wanted)"
  present="$(ufw_present ours)"
  openings="$(ufw_openings)"
  # UFW would turn a rule of others for the same port into this one.
  [ -z "$openings" ] || wanted="$(grep -v '^deny ' <<<"$wanted" || true)"
  missing="$(lines_without "$wanted" "$present")"
  stale="$(lines_without "$present" "$wanted")"
  while IFS= read -r line; do
    read -ra words <<<"$line"
    case "$line" in
      '') ;;
      # Above all others, so that the refusal of the rest stays below.
      allow*) change_ufw prepend "${words[@]}" comment "$(ufw_mark)" ;;
      *) change_ufw "${words[@]}" comment "$(ufw_mark)" ;;
    esac
  done <<<"$missing"
  while IFS= read -r line; do
    read -ra words <<<"$line"
    [ -z "$line" ] || change_ufw delete "${words[@]}"
  done <<<"$stale"
  say "UFW: $(count_lines "$missing") added, $(count_lines "$stale") removed."
  ufw_is_active || say 'UFW is not active: its rules count once it is. Allow SSH first (ufw allow OpenSSH), then: ufw enable'
  [ "$ACTION" != remove ] && [ -n "$openings" ] || return 0
  printf 'UFW has a rule of somebody else that lets everyone in. Delete it, then run this again:\n' >&2
  sed 's/^/  ufw delete /; s/ comment .*//' <<<"$openings" >&2
  UFW_OPENED=1
}

change_ufw() {
  local said
  if [ -n "$DRY_RUN" ]; then run ufw "$@"; return; fi
  said="$(ufw "$@" 2>&1)" || fail "ufw $* failed: $said"$'\n''With IPV6=no in /etc/default/ufw, set it to yes. Then run this again.'
}

count_lines() { if [ -z "$1" ]; then echo 0; else wc -l <<<"$1" | tr -d ' '; fi; }
