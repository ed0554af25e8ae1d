import assert from 'node:assert/strict';
import { type BrowserSearch, findBrowser } from '../support/find-browser.ts';

const PACKAGED = { path: '/unpacked/chromium', args: ['--no-zygote'], env: {} };

describe('findBrowser', () => {
  it('takes what CHROMIUM_PATH names before anything else', async () => {
    assert.equal(await pathOf({ env: { CHROMIUM_PATH: '/my/own' }, isThere: () => true }), '/my/own');
  });

  it('refuses a CHROMIUM_PATH that names nothing, instead of testing with another one', async () => {
    await assert.rejects(pathOf({ env: { CHROMIUM_PATH: '/gone' }, isThere: (path) => path !== '/gone' }), /\/gone/);
  });

  const places: [platform: NodeJS.Platform, path: string][] = [
    ['linux', '/usr/bin/google-chrome-stable'],
    ['darwin', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
    ['win32', 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'],
  ];
  for (const [platform, place] of places) {
    it(`finds one in a usual place of ${platform}`, async () => {
      const env = { PROGRAMFILES: 'C:\\Program Files' };
      assert.equal(await pathOf({ env, platform, isThere: (path) => path === place }), place);
    });
  }

  it('unpacks the packaged one where there is none', async () => {
    assert.deepEqual(await findBrowser(search({})), PACKAGED);
  });
});

async function pathOf(change: Partial<BrowserSearch>): Promise<string> {
  return (await findBrowser(search(change))).path;
}

function search(change: Partial<BrowserSearch>): BrowserSearch {
  return { env: {}, platform: 'linux', isThere: () => false, unpack: async () => PACKAGED, ...change };
}
