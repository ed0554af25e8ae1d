import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/axe.ts';
import { useBrowser } from '../support/browser.ts';
import { screenshot } from '../support/screenshots.ts';
import { makeGallery } from './gallery.ts';
import { controlsOf, overflowOf, tabThrough, unlabelledFieldsOf } from './page-facts.ts';
import { ELSEWHERE, servePages } from './page-server.ts';

const WIDTHS = [390, 1280];
const SCHEMES = ['light', 'dark'] as const;
/** The names are needed before the server is there. */
const NAMES = Object.keys(makeGallery('http://127.0.0.1/'));

describe('the pages', () => {
  const browser = useBrowser();
  let server: Awaited<ReturnType<typeof servePages>>;
  let page: Page;
  const complaints: string[] = [];
  before(async () => {
    server = await servePages((origin) => makeGallery(`${origin}${ELSEWHERE}`));
    page = await browser().newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      return dialog.dismiss();
    });
  });
  after(async () => {
    await page?.context().close();
    await server?.stop();
  });
  beforeEach(() => {
    complaints.length = 0;
  });

  for (const name of NAMES) {
    it(`${name}: accessible, also by the Tab key, and within its width and its policy, in both schemes`, async () => {
      await page.goto(`${server.origin}/${name}`);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 844 });
        assert.deepEqual(await overflowOf(page), [], `sticks out at ${width} px`);
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          const isLight = colorScheme === SCHEMES[0];
          // Colours are the same at every width.
          if (isLight || width === WIDTHS[0]) await assertAccessible(page, { colorsOnly: !isLight });
          await screenshot(page, `${name}-${colorScheme}`, width);
        }
      }
      const controls = await controlsOf(page);
      assert.deepEqual(await tabThrough(page, controls.length), controls, 'the order of the Tab key');
      assert.deepEqual(await unlabelledFieldsOf(page), []);
      assert.deepEqual(complaints, []);
    });
  }

  it('the hand-off leads on to the provider by itself', async () => {
    const asked = page.waitForRequest(`${server.origin}${ELSEWHERE}`);
    await page.goto(`${server.origin}/hand-off`);
    assert.equal((await asked).isNavigationRequest(), true);
  });

  for (const name of NAMES.filter((name) => name.startsWith('nasty-markup'))) {
    it(`${name}: shows markup in names as text`, async () => {
      await page.goto(`${server.origin}/${name}`);
      const { title, scripts, images, text } = await page.evaluate(() => ({
        title: document.title,
        scripts: document.scripts.length,
        images: document.querySelectorAll('main img').length,
        text: document.body.textContent,
      }));
      assert.deepEqual({ scripts, images }, { scripts: 0, images: 0 });
      assert.match(title, / – Telemy$/);
      assert.match(text, /“<script>document\.title = /);
    });
  }
});
