import type { ServerProcess } from '../../../test/support/process.ts';

/** What a process has done since it started, by its own metrics. */
export interface Effort {
  statements: number;
  /** Of its processor, in milliseconds. */
  cpuMs: number;
}

/** What has been done of a launch that doesn't depend on how busy the machine is. */
export async function readEffort({ adminUrl }: ServerProcess): Promise<Effort> {
  const response = await fetch(`${adminUrl}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`The metrics can't be read: ${response.status} ${text}`);
  return {
    statements: sumOf(text, 'telemy_database_statement_duration_seconds_count'),
    cpuMs: sumOf(text, 'process_cpu_seconds_total') * 1000,
  };
}

/** Of all series of one name. @throws Error when there is none. */
function sumOf(text: string, name: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  if (lines.length === 0) throw new Error(`The metrics have no ${name}.`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
