import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openShop, type Shop } from '../support/shop.ts';
import { prepareRequests } from './dredd-requests.ts';
import { readOperations } from './operations.ts';
import type { PreparedRequest } from './prepared-request.ts';

const DREDD = resolve('node_modules/.bin/dredd');
const HOOKS = resolve('test/contract/dredd-hooks.cjs');
const LIMIT_MS = 60_000;

/** What our hooks and Dredd said at the end. */
interface DreddRun {
  hooks: { prepared: number; skipped: number; unused: string[] };
  passing: number;
  skipped: number;
}

describe('Dredd', function () {
  this.timeout(LIMIT_MS + 30_000);
  let shop: Shop;
  let requests: Record<string, PreparedRequest>;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telemy-dredd-'));
    // Limits that nobody reaches: Dredd wants to see their headers.
    shop = await openShop({ env: { MIN_CLIENT_VERSION: '0.0.5', RATE_LIMIT_FACTOR: '1000' } });
    requests = await prepareRequests(shop);
  });

  after(async () => {
    await shop.seller.close();
    await shop.app.stop();
    await rm(folder, { recursive: true });
  });

  it('has a request prepared for every success, and for 400, 401, 404 and 415 wherever they are declared', () => {
    const wanted = readOperations().flatMap(({ method, path, responses }) =>
      responses
        .filter(({ status }) => status < 400 || [400, 401, 404, 415].includes(status))
        .map(({ status }) => `${method} ${path} ${status}`),
    );
    assert.deepEqual(
      wanted.filter((key) => !(key in requests)),
      [],
    );
  });

  it('gets the declared answer to each of these requests', async () => {
    const run = await runDredd(HOOKS);
    const declared = readOperations().flatMap(({ responses }) => responses).length;
    const prepared = Object.keys(requests).length;
    assert.deepEqual(run.hooks, { prepared, skipped: declared - prepared, unused: [] });
    assert.deepEqual([run.passing, run.skipped], [prepared, declared - prepared]);
    console.log(`      Dredd: ${run.passing} answers as declared, ${run.skipped} left to other tests`);
  });

  it('fails when its hook file cannot be loaded', async () => {
    const broken = join(folder, 'broken.cjs');
    await writeFile(broken, 'throw new Error("broken on purpose");');
    await assert.rejects(runDredd(broken), /the hooks did not run/);
  });

  /** Runs Dredd over the whole contract. Throws with all that it printed unless everything passed. */
  async function runDredd(hooks: string): Promise<DreddRun> {
    const file = join(folder, 'requests.json');
    await writeFile(file, JSON.stringify(requests));
    const args = ['openapi.yaml', shop.app.url, `--hookfiles=${hooks}`, '--no-color', '--loglevel=error'];
    const dredd = spawn(process.execPath, [DREDD, ...args], {
      env: { ...process.env, DREDD_REQUESTS: file, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let said = '';
    for (const stream of [dredd.stdout, dredd.stderr]) {
      stream.on('data', (chunk) => {
        said += chunk;
      });
    }
    const [code, signal] = await once(dredd, 'close');
    const line = /^hooks: (\{.*\})$/m.exec(said)?.[1];
    assert.ok(line !== undefined, `the hooks did not run:\n${said}`);
    const [, passing, failing, errors, skipped] =
      /^complete: (\d+) passing, (\d+) failing, (\d+) errors, (\d+) skipped/m.exec(said) ?? [];
    assert.deepEqual({ code, signal, failing, errors }, { code: 0, signal: null, failing: '0', errors: '0' }, said);
    return { hooks: JSON.parse(line), passing: Number(passing), skipped: Number(skipped) };
  }
});
