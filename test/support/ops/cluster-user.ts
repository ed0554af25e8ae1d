/**
 * A process of its own with a cluster, for the test of what is left when it is cut short: writes the process id of the
 * server, then waits for its end.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endOnSignals } from '../signals.ts';
import { beginTestRun, closeTestRun } from '../test-run.ts';
import { startCluster } from './cluster.ts';

await beginTestRun();
endOnSignals(closeTestRun);
const { dataDir } = await startCluster();
console.log((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);
setInterval(() => undefined, 60_000);
