import { type LockFile, type Manifest, packagesOf } from './lock-file.ts';

/** What is looked at without a network. */
export interface AuditInput {
  manifest: Manifest;
  lock: LockFile;
  readme: string;
}

/** A check, and what it found; nothing: all is well. */
export interface CheckResult {
  name: string;
  /** How many things it looked at. */
  looked: number;
  faults: string[];
}

const HEADING = '### Runtime dependencies';

/** Looks at the dependencies as far as this checkout tells of them. */
export function checkLocally(input: AuditInput): CheckResult[] {
  return [checkVersions(input), checkReasons(input), checkScripts(input), checkIntegrity(input)];
}

/** A range would let in a version that nobody has looked at. */
function checkVersions({ manifest }: AuditInput): CheckResult {
  const all = Object.entries({ ...manifest.devDependencies, ...runtimeOf(manifest) });
  const faults = all.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version));
  return {
    name: 'versions are exact',
    looked: all.length,
    faults: faults.map(([name, version]) => `${name} is wanted as ${version}: pin one version`),
  };
}

function checkReasons({ manifest, readme }: AuditInput): CheckResult {
  const names = Object.keys(runtimeOf(manifest));
  const listed = namesInTable(readme);
  const missing = names.filter((name) => !listed.some((pattern) => pattern.test(name)));
  const stale = listed.filter((pattern) => !names.some((name) => pattern.test(name)));
  return {
    name: 'each runtime dependency has its reason in the README',
    looked: names.length,
    faults: [
      ...missing.map((name) => `${name} is not in the table of the README below "${HEADING}"`),
      ...stale.map(
        ({ source }) => `the README lists ${source.slice(1, -1).replaceAll('\\', '')}, which is no dependency`,
      ),
    ],
  };
}

function runtimeOf({ dependencies, optionalDependencies }: Manifest): Record<string, string> {
  return { ...dependencies, ...optionalDependencies };
}

/** The first column: names, `scope/*` for all of a scope, `name and siblings` for one package by platform. */
function namesInTable(readme: string): RegExp[] {
  const [section = ''] = (readme.split(`${HEADING}\n`)[1] ?? '').split(/\n(?!\||\n\|)(?=[^\n|])/);
  const rows = section.split('\n').filter((line) => /^\| (?!package)[^-]/.test(line));
  return rows.flatMap((row) => {
    const names = (row.split('|')[1] ?? '').split(',').map((name) => name.trim());
    const scope = /^(@[^/]+)\//.exec(names[0] ?? '')?.[1];
    return names.map((name) => toPattern(name, scope));
  });
}

function toPattern(name: string, scope: string | undefined): RegExp {
  if (name.endsWith(' and siblings')) return /^node-[a-z]+-[a-z0-9]+$/;
  const full = scope === '@opentelemetry' && !name.startsWith('@') ? `${scope}/${name}` : name;
  return new RegExp(`^${full.replace(/[.+]/g, '\\$&').replace('*', '.*')}$`);
}

/** A script that runs when packages are installed can do whatever its author wants. */
function checkScripts({ manifest, lock }: AuditInput): CheckResult {
  const scripted = packagesOf(lock).filter(({ entry }) => entry.hasInstallScript);
  const names = scripted.map(({ name }) => name);
  const undecided = names.filter((name) => !(name in manifest.allowScripts));
  const needless = Object.keys(manifest.allowScripts).filter((name) => !names.includes(name));
  return {
    name: 'install scripts are decided on in allowScripts',
    looked: packagesOf(lock).length,
    faults: [
      ...undecided.map((name) => `${name} has an install script, and allowScripts says nothing of it`),
      ...needless.map((name) => `allowScripts names ${name}, which has no install script`),
    ],
  };
}

/** Without a digest npm takes whatever the registry gives. */
function checkIntegrity({ lock }: AuditInput): CheckResult {
  const all = packagesOf(lock);
  const faults = all.filter(({ entry }) => !entry.inBundle && !/^sha512-[\w+/]{86}==$/.test(entry.integrity ?? ''));
  return {
    name: 'each locked package has its SHA-512',
    looked: all.length,
    faults: faults.map(({ place, entry }) => `${place} ${entry.version ?? ''} has none`),
  };
}
