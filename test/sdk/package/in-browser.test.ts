import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WEB_ENTRIES } from '../../../scripts/sdk-pack/entries.ts';
import { useBrowser } from '../../support/browser.ts';
import { ROOT, usePackedSdk } from '../../support/packed-sdk.ts';
import { runInPage, type SdkSite, serveSdkPage } from '../../support/sdk-page.ts';
import { useVisitors } from '../../support/visitors.ts';

describe('The packed SDK in a browser', () => {
  const sdk = usePackedSdk();
  const newVisitor = useVisitors(useBrowser());
  let site: SdkSite;
  before(async () => {
    site = await serveSdkPage(sdk().project);
  });
  after(() => site.stop());

  it('gives a page what the source exports, of everything but what is for Node', async () => {
    const sources = WEB_ENTRIES.map(async ({ name, source }) => {
      const module = await import(pathToFileURL(join(ROOT, source)).href);
      return [name, Object.keys(module).sort()] as const;
    });
    const { page } = await newVisitor();
    const found = await runInPage(page, site.origin, 'exports');
    assert.deepEqual(found, Object.fromEntries(await Promise.all(sources)));
  });

  it('asks for nothing and keeps nothing when it is imported', async () => {
    const { page, context } = await newVisitor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await runInPage(page, site.origin, 'exports');
    assert.deepEqual(asked.sort(), ['/', '/exports.mjs', '/sdk.js']);
    assert.deepEqual(await context.storageState(), { cookies: [], origins: [] });
  });
});
