import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import type { Page } from 'playwright-core';
import { bundle } from '../../scripts/sdk-pack/bundle.ts';
import { WEB_ENTRIES } from '../../scripts/sdk-pack/entries.ts';
import { scenarioPath, specifierOf } from './sdk-scenarios.ts';

const PAGE = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A dock</title></html>';

/** A site of its own, on loopback; any control plane is another origin to it. */
export interface SdkSite {
  origin: string;
  stop(): Promise<void>;
}

/**
 * Serves a page of a user's: the packed SDK, bundled with all that runs in browsers, and the scenarios.
 *
 * @param project folder of the user's project that has the packed SDK.
 */
export async function serveSdkPage(project: string): Promise<SdkSite> {
  const code = WEB_ENTRIES.map((entry) => `export * as ${entry.name} from '${specifierOf(entry)}';`).join('\n');
  const sdk = (await bundle({ code, from: project, root: project, minify: true })).code;
  const server = createServer(async ({ url = '' }, response) => {
    const body = await bodyOf(url, sdk).catch(() => undefined);
    const type = url === '/' ? 'text/html' : 'text/javascript';
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': `${type}; charset=utf-8` });
    response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function bodyOf(url: string, sdk: string): Promise<string> {
  if (url === '/') return PAGE;
  if (url === '/sdk.js') return sdk;
  return readFile(scenarioPath(basename(url, '.mjs')), 'utf8');
}

/**
 * Runs a scenario in the site's page, and gives what it answered. There is no `node` among its entry points.
 *
 * @throws Error if the page can't load the SDK, or with what the scenario throws.
 */
export async function runInPage(page: Page, origin: string, scenario: string, input: object = {}): Promise<unknown> {
  await page.goto(origin);
  return page.evaluate(
    async ({ scenario, input }) => {
      const load = (path: string) => import(path);
      const [sdk, { default: run }] = await Promise.all([load('/sdk.js'), load(`/${scenario}.mjs`)]);
      return run(sdk, input);
    },
    { scenario, input },
  );
}
