#!/usr/bin/env bash
# A host with a published container port (8080), a port of its own (9080) and SSH (22), Cloudflare on one side of it and a
# stranger on the other, all in namespaces of their own. Prints what reaches what, one `WHEN.WHO.WHAT=open|shut` a line.
# Usage: unshare --net --mount --pid --fork --kill-child firewall-lab.sh SCRIPT NODE
set -euo pipefail
SCRIPT="$1"
NODE="$2"

# The machine's own files stay as they are: these mounts are seen from here alone.
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/ufw /run/state
cp -a /etc/ufw/. /run/ufw/
mount --bind /run/ufw /etc/ufw
ufw --force reset >/dev/null
ip link set lo up
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

# neighbour NAME DEVICE HOST4 OWN4 HOST6 OWN6: a namespace at a device of the host.
neighbour() {
  ip netns add "$1"
  ip link add "$2" type veth peer name eth0 netns "$1"
  local device="$2"
  if [[ "$1" == container || "$1" == sibling ]]; then
    device="$7"
    ip link add "$device" type bridge
    ip link set "$2" master "$device" up
  fi
  ip link set "$device" up
  ip addr add "$3" dev "$device"
  ip -6 addr add "$5" dev "$device" nodad
  ip -n "$1" link set lo up
  ip -n "$1" link set eth0 up
  ip -n "$1" addr add "$4" dev eth0
  ip -n "$1" -6 addr add "$6" dev eth0 nodad
  ip -n "$1" route add default via "${3%/*}"
  ip -n "$1" -6 route add default via "${5%/*}"
}
neighbour cloud to-cloud 104.16.0.1/24 104.16.0.2/24 2606:4700:0:1::1/64 2606:4700:0:1::2/64
neighbour stranger to-stranger 203.0.113.1/24 203.0.113.2/24 2001:db8:9::1/64 2001:db8:9::2/64
neighbour container to-container 172.17.0.1/16 172.17.0.2/16 fd00:17::1/64 fd00:17::2/64 docker0
neighbour sibling to-sibling 172.18.0.1/16 172.18.0.2/16 fd00:18::1/64 fd00:18::2/64 br-0123456789ab

SERVE='for (const port of process.argv.slice(1)) require("node:http").createServer((q, s) => s.end("hello")).listen(port, "::")'
"$NODE" -e "$SERVE" 22 9080 &
ip netns exec container "$NODE" -e "$SERVE" 80 &

# What Docker makes for `-p 8080:80`: the container's port is another one than the host's.
for tool in iptables ip6tables; do
  to=172.17.0.2:80
  [ "$tool" = iptables ] || to='[fd00:17::2]:80'
  $tool -t nat -A PREROUTING -m addrtype --dst-type LOCAL -p tcp --dport 8080 -j DNAT --to-destination "$to"
  $tool -N DOCKER-USER
  $tool -A DOCKER-USER -p tcp -m conntrack --ctorigdstport 7 -m comment --comment foreign -j DROP
  $tool -A DOCKER-USER -j RETURN
done
ufw allow 22/tcp >/dev/null
ufw --force enable >/dev/null
for tool in iptables ip6tables; do
  $tool -I FORWARD 1 -j DOCKER-USER
  $tool -I FORWARD 2 -i docker0 -j ACCEPT
  $tool -I FORWARD 3 -o docker0 -j ACCEPT
done

reaches() { # reaches NAMESPACE ADDRESS PORT [SECONDS]
  ip netns exec "$1" curl --silent --output /dev/null --max-time "${4:-1}" "http://$2:$3/"
}
tell() { # tell WHEN.WHO.WHAT NAMESPACE ADDRESS PORT
  if reaches "$2" "$3" "$4"; then echo "$1=open"; else echo "$1=shut"; fi
}
look() {
  tell "$1.cloudflare.published" cloud 104.16.0.1 8080
  tell "$1.cloudflare.published-ipv6" cloud '[2606:4700:0:1::1]' 8080
  tell "$1.cloudflare.own" cloud 104.16.0.1 9080
  tell "$1.cloudflare.own-ipv6" cloud '[2606:4700:0:1::1]' 9080
  tell "$1.stranger.published" stranger 203.0.113.1 8080
  tell "$1.stranger.published-ipv6" stranger '[2001:db8:9::1]' 8080
  tell "$1.stranger.own" stranger 203.0.113.1 9080
  tell "$1.stranger.own-ipv6" stranger '[2001:db8:9::1]' 9080
  tell "$1.stranger.ssh" stranger 203.0.113.1 22
  tell "$1.sibling.published" sibling 172.17.0.1 8080
  if curl --silent --output /dev/null --max-time 1 http://127.0.0.1:9080/; then echo "$1.host.own=open"; else echo "$1.host.own=shut"; fi
}
rules() { iptables-save | grep '^[-:]' | sed 's/\[.*//'; ip6tables-save | grep '^[-:]' | sed 's/\[.*//'; ufw show added; }
restrict() {
  "$SCRIPT" --state-dir /run/state --only docker --port 8080 "$@" >&2
  "$SCRIPT" --state-dir /run/state --only ufw --port 9080 "$@" >&2
}

grep -oE "'[0-9a-f.:]+/[0-9]+'" "$(dirname "$SCRIPT")/../../src/http/cloudflare-ranges.ts" | tr -d "'" >/run/all
grep -v '^104\.16\.' /run/all >/run/less
{ cat /run/all; echo 8.8.8.0/24; } >/run/more

ufw allow 9080/tcp >/dev/null
# Servers start, and neighbours find each other.
for way in 'cloud 104.16.0.1' 'cloud [2606:4700:0:1::1]' 'stranger 203.0.113.1' 'stranger [2001:db8:9::1]' 'sibling 172.17.0.1'; do
  read -r who address <<<"$way"
  until reaches "$who" "$address" 8080; do sleep 0.1; done
done
until reaches cloud 104.16.0.1 9080 && reaches stranger 203.0.113.1 22; do sleep 0.1; done
look before
ufw delete allow 9080/tcp >/dev/null
rules >/run/untouched

restrict --ranges /run/all
look after
rules >/run/first
restrict --ranges /run/all
rules >/run/second
if cmp -s /run/first /run/second; then echo again=same; else echo again=different; fi

# While the rules change to and fro, Cloudflare is let in each time and the stranger never.
knock() { # knock NAMESPACE ADDRESS SECONDS FILE
  until [ -e /run/stop ]; do if reaches "$1" "$2" 8080 "$3"; then echo open; else echo shut; fi; done >"$4"
}
knock cloud 104.16.0.1 2 /run/cloud &
first=$!
knock stranger 203.0.113.1 0.1 /run/stranger &
second=$!
for list in more all more all more all more all; do "$SCRIPT" --state-dir /run/state --only docker --ranges "/run/$list" >&2; done
touch /run/stop
wait "$first" "$second"
echo "during.cloudflare=$(sort -u /run/cloud | tr '\n' ' ')"
echo "during.stranger=$(sort -u /run/stranger | tr '\n' ' ')"
echo "during.knocks=$(wc -l </run/cloud) $(wc -l </run/stranger)"

restrict --ranges /run/less
look stale
restrict --remove
rules >/run/removed
if cmp -s /run/untouched /run/removed; then echo removed=as-before; else diff /run/untouched /run/removed >&2 || true; echo removed=different; fi
look removed
