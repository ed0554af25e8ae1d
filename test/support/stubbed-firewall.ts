import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createStubbedShell, RECORD } from './stubbed-shell.ts';

const SCRIPT = resolve(import.meta.dirname, '../../docker/firewall/restrict-to-cloudflare.sh');

/** Cloudflare's two lists, from files of the folder. */
const CURL = `#!/bin/bash
${RECORD}
cat "$STUB_DIR/$(basename "\${@: -1:1}")" 2>/dev/null || exit 22
`;

/** Keeps added rules in the words of \`ufw show added\`. */
const UFW = `#!/bin/bash
state="$STUB_DIR/ufw.state"
touch "$state"
case "$*" in
  'show added') echo 'Added user rules (see status for running firewall):'; sed 's/^/ufw /' "$state"; exit 0 ;;
  status) echo 'Status: active'; exit 0 ;;
esac
${RECORD}
action="$1"; rule="$*"
[ "$action" = prepend ] || [ "$action" = delete ] && rule="\${*:2}"
comment=; [[ "$rule" != *' comment '* ]] || comment=" comment '\${rule##* comment }'"
rule="\${rule%% comment *}"
case "$action" in
  delete) grep -vE "^$rule( comment |\\$)" "$state" >"$state.new" ;;
  prepend) { echo "$rule$comment"; cat "$state"; } >"$state.new" ;;
  *) { cat "$state"; echo "$rule$comment"; } >"$state.new" ;;
esac
mv "$state.new" "$state"
`;

const SAVE = `#!/bin/bash
tool="$(basename "$0" -save)"
echo '*filter'
grep '^:' "$STUB_DIR/$tool.state"
grep '^-A' "$STUB_DIR/$tool.state"
echo COMMIT
`;

/** Takes all lines, or none if it doesn't know one. */
const RESTORE = `#!/bin/bash
${RECORD}
tool="$(basename "$0" -restore)"; state="$STUB_DIR/$tool.state"; touch "$state"
awk '
  FILENAME != "-" { line[++n] = $0; next }
  /^\\*filter$/ || /^COMMIT$/ { next }
  /^:/ { name = substr($1, 2); for (i = 1; i <= n; i++) if (line[i] == $0 || index(line[i], "-A " name " ") == 1) line[i] = ""; line[++n] = $0; next }
  /^-F / { for (i = 1; i <= n; i++) if (index(line[i], "-A " $2 " ") == 1) line[i] = ""; next }
  /^-X / { for (i = 1; i <= n; i++) if (index(line[i], ":" $2 " ") == 1) line[i] = ""; next }
  /^-A / { line[++n] = $0; next }
  /^-D / { $0 = "-A" substr($0, 3); for (i = 1; i <= n; i++) if (line[i] == $0) { line[i] = ""; next } exit 1 }
  /^-I [A-Z-]+ 1 / { chain = $2; sub(/^-I [A-Z-]+ 1 /, "-A " chain " "); for (i = n++; i >= 1; i--) line[i + 1] = line[i]; line[1] = $0; next }
  { exit 1 }
  END { for (i = 1; i <= n; i++) if (line[i] != "") print line[i] }
' "$state" - >"$state.new" || exit 1
case "$*" in *--test*) rm "$state.new" ;; *) mv "$state.new" "$state" ;; esac
`;

/** A host whose firewalls are stubs that keep their rules in files. */
export interface StubbedFirewall {
  dir: string;
  /** Runs the firewall's script. */
  run(...options: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** What Cloudflare publishes; null: it doesn't answer. */
  publish(ipv4: readonly string[] | null, ipv6: readonly string[]): Promise<void>;
  /** Rules that are there, before any of the script's. */
  put(what: Partial<Record<'ufw' | 'iptables' | 'ip6tables', string[]>>): Promise<void>;
  rules(of: 'ufw' | 'iptables' | 'ip6tables'): Promise<string[]>;
  /** Commands that could change something, since the last time. */
  changes(): Promise<string[]>;
  close(): Promise<void>;
}

export async function createStubbedFirewall(): Promise<StubbedFirewall> {
  const shell = await createStubbedShell();
  const { dir } = shell;
  const stubs = { curl: CURL, ufw: UFW, 'iptables-save': SAVE, 'iptables-restore': RESTORE };
  for (const [name, text] of Object.entries({ ...stubs, 'ip6tables-save': SAVE, 'ip6tables-restore': RESTORE })) {
    await writeFile(join(dir, 'bin', name), text);
    await chmod(join(dir, 'bin', name), 0o755);
  }
  const firewall: StubbedFirewall = {
    dir,
    run: (...options) => {
      const words = options.map((option) => `'${option}'`).join(' ');
      return shell.run(`'${SCRIPT}' --state-dir '${join(dir, 'state')}' ${words}`);
    },
    async publish(ipv4, ipv6) {
      await writeFile(join(dir, 'ips-v6'), ipv6.join('\n'));
      if (ipv4 === null) await rm(join(dir, 'ips-v4'));
      else await writeFile(join(dir, 'ips-v4'), ipv4.join('\n'));
    },
    async put(what) {
      for (const [name, lines] of Object.entries(what)) {
        await writeFile(join(dir, `${name}.state`), lines.map((line) => `${line}\n`).join(''));
      }
    },
    rules: async (of) => (await readFile(join(dir, `${of}.state`), 'utf8')).split('\n').filter((line) => line !== ''),
    async changes() {
      const calls = await shell.calls();
      await rm(join(dir, 'calls'), { force: true });
      return calls.filter((call) => !call.startsWith('curl') && !call.includes('--test'));
    },
    close: () => shell.close(),
  };
  await firewall.put({
    ufw: ['allow 22/tcp'],
    iptables: [':DOCKER-USER - [0:0]'],
    ip6tables: [':DOCKER-USER - [0:0]'],
  });
  return firewall;
}
