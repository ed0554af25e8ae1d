import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { bundle } from '../../../scripts/sdk-pack/bundle.ts';
import { useBrowser } from '../../support/browser.ts';
import { runExample } from '../../support/example-run.ts';
import { decideLogin, makeUser, type TestUser } from '../../support/factories.ts';
import { ROOT, usePackedSdk } from '../../support/packed-sdk.ts';
import { RUNTIMES } from '../../support/sdk-scenarios.ts';
import { useApp } from '../../support/test-app.ts';
import { useVisitors } from '../../support/visitors.ts';

const DOCK = join(ROOT, 'test/sdk/examples/dock');

describe('The examples of the SDK', function () {
  this.timeout(60_000);
  const sdk = usePackedSdk();
  const app = useApp({ ticking: true });
  const newVisitor = useVisitors(useBrowser());

  const approve = (url: string, user: TestUser) => {
    const login_attempt_id = new URL(url).searchParams.get('attempt');
    return decideLogin(app(), { login_attempt_id, outcome: 'completed', user_id: user.id });
  };
  const statusesOf = (user: TestUser) => app().database('relay_sessions').where({ user_id: user.id }).pluck('status');

  it('a plugin of thirty lines signs in, keeps a relay ready, and leaves nothing behind on Ctrl-C', async () => {
    const user = await makeUser(app());
    const [runtime] = RUNTIMES;
    assert.ok(runtime);
    const run = await runExample({ project: sdk().project, runtime, name: 'cli-plugin.mjs' }, (folder) => [
      app().url,
      join(folder, 'telemy/tokens.json'),
    ]);
    await run.line(/has to show the code [A-Z]{4}-[A-Z]{4}/);
    const [, url = ''] = await run.line(/Sign in at (\S+)/);
    await approve(url, user);
    await run.line(/Ready: phones send to srtla:\/\//);
    assert.deepEqual(await statusesOf(user), ['active']);
    assert.equal((await stat(join(run.folder, 'telemy/tokens.json'))).mode & 0o777, 0o600);
    assert.equal(await run.interrupt(), 0, run.output());
    assert.deepEqual(await statusesOf(user), ['stopped']);
    assert.equal(/eyJ|tr1\./.test(run.output()), false, 'no token is printed');
  });

  describe('a dock', () => {
    let site: Server;
    let origin: string;

    before(async () => {
      const code = await readFile(join(DOCK, 'dock.mjs'), 'utf8');
      const script = (await bundle({ code, from: sdk().project, root: ROOT })).code;
      const page = await readFile(join(DOCK, 'index.html'), 'utf8');
      site = createServer(({ url = '' }, response) => {
        const isScript = url === '/dock.js';
        response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
        response.end(isScript ? script : page);
      });
      await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
      origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    });
    after(() => {
      site.closeAllConnections();
      site.close();
    });

    it('signs in by a page of its own, adds a relay, and finds it again when it is loaded anew', async () => {
      const user = await makeUser(app());
      const { page, context } = await newVisitor();
      // The login page itself is another test's; here somebody approves without looking.
      await context.route(`${app().url}/login/**`, async (route) => {
        await approve(route.request().url(), user);
        await route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Approved</title>' });
      });
      const dock = `${origin}/?server=${encodeURIComponent(app().url)}`;
      await page.goto(dock);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page
        .getByRole('status')
        .filter({ hasText: `Signed in as ${user.email}` })
        .waitFor();
      await page.getByRole('button', { name: 'Add a relay' }).click();
      const relay = page.getByRole('listitem');
      await relay.filter({ hasText: 'Backpack: active' }).waitFor();
      await page.reload();
      await relay.filter({ hasText: 'Backpack: active' }).waitFor();
      assert.deepEqual(await statusesOf(user), ['active']);
    });
  });
});
