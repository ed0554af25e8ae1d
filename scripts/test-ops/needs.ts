import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A package of Debian that tests against real programs need. */
export interface Need {
  /** Its name at apt-get. */
  package: string;
  /** Files, or names that are looked up on the path. */
  programs: readonly string[];
  /** Files of test/ops that need it, without `.test.ts`; `all`: every one. */
  usedBy: readonly string[] | 'all';
}

/** A need, and what of it was found. */
export interface FoundNeed extends Need {
  /** Where its programs are. */
  found: string[];
  missing: string[];
}

const POSTGRES = '/usr/lib/postgresql/15/bin';

/** A package counts as needed as soon as one of the tests that use it is there. */
export const NEEDS: readonly Need[] = [
  {
    package: 'postgresql-15',
    programs: ['initdb', 'pg_ctl', 'postgres', 'pg_dump', 'pg_restore'].map((name) => `${POSTGRES}/${name}`),
    usedBy: 'all',
  },
  { package: 'pgbouncer', programs: ['pgbouncer'], usedBy: ['pgbouncer', 'support'] },
  { package: 'nginx', programs: ['nginx'], usedBy: ['tls'] },
  { package: 'openssl', programs: ['openssl'], usedBy: ['tls'] },
  { package: 'systemd', programs: ['systemd-analyze'], usedBy: ['systemd'] },
  { package: 'prometheus', programs: ['promtool'], usedBy: ['alerts'] },
  { package: 'iptables', programs: ['iptables', 'ip6tables'], usedBy: ['firewall'] },
  { package: 'ufw', programs: ['ufw'], usedBy: ['firewall'] },
  { package: 'git', programs: ['git'], usedBy: ['rolling-deploy'] },
  { package: 'age', programs: ['age'], usedBy: ['backup'] },
];

/** Debian keeps daemons where ordinary users' paths don't look. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * What these tests need, and what of it this machine has.
 *
 * @param tests names of files of test/ops, without `.test.ts`.
 * @param path folders to look in, as in PATH; Debian's folders of daemons come behind them.
 */
export function findNeeds(tests: readonly string[], path: string, needs: readonly Need[] = NEEDS): FoundNeed[] {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...SYSTEM_FOLDERS];
  const locate = (name: string) =>
    (name.includes('/') ? [name] : folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
  return needs
    .filter(({ usedBy }) => usedBy === 'all' || usedBy.some((name) => tests.includes(name)))
    .map((need) => ({
      ...need,
      found: need.programs.map(locate).filter((file) => file !== undefined),
      missing: need.programs.filter((name) => locate(name) === undefined),
    }));
}
