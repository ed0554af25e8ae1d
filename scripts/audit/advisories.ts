import { spawnSync } from 'node:child_process';

/** From harmless to worst, as npm calls them. */
export const SEVERITIES = ['info', 'low', 'moderate', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A package of which something is known. */
export interface Advisory {
  name: string;
  severity: Severity;
  range: string;
  titles: string[];
  /** Whether npm knows a version without it. */
  hasFix: boolean;
}

/** What the registry said; `unasked`: nothing, and why. */
export type Answer = { advisories: Advisory[] } | { unasked: string };

interface Report {
  vulnerabilities?: Record<
    string,
    { severity: Severity; range: string; via: (string | { title: string })[]; fixAvailable: unknown }
  >;
  message?: string;
  error?: { summary?: string; detail?: string };
}

/** Asks the registry, by npm's own client, what is known of the locked packages. */
export function askRegistry(root: string, { all }: { all: boolean }): Answer {
  const args = ['audit', '--json', '--package-lock-only', '--audit', ...(all ? [] : ['--omit=dev'])];
  const { stdout, stderr, error } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: 120_000 });
  return error ? { unasked: `npm could not be run: ${error.message}` } : readReport(stdout, stderr);
}

/** Reads what `npm audit --json` printed. */
export function readReport(stdout: string, stderr = ''): Answer {
  let report: Report;
  try {
    report = JSON.parse(stdout) as Report;
  } catch {
    return { unasked: `npm printed no report: ${(stderr || stdout).trim().slice(0, 300) || 'nothing at all'}` };
  }
  if (!report.vulnerabilities) {
    return { unasked: report.message ?? report.error?.summary ?? report.error?.detail ?? 'npm gave no reason' };
  }
  return {
    advisories: Object.entries(report.vulnerabilities).map(([name, { severity, range, via, fixAvailable }]) => ({
      name,
      severity,
      range,
      titles: via.map((one) => (typeof one === 'string' ? `by ${one}` : one.title)),
      hasFix: fixAvailable !== false,
    })),
  };
}
