import type { Page } from 'playwright-core';

/** The elements that stick out of the page's width. */
export function overflowOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth,
    );
    return [`the page: ${scrollWidth} px`, ...wide.map(({ tagName, className }) => `${tagName}.${className}`)];
  });
}

/** The fields that a user fills in and that no label names. */
export function unlabelledFieldsOf(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLInputElement>('input:not([type=hidden]), select, textarea')]
      .filter(({ labels }) => !labels?.[0]?.textContent?.trim())
      .map(({ outerHTML }) => outerHTML),
  );
}

/** What can be acted on, in the order of the document. */
export function controlsOf(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('a[href], button, input:not([type=hidden])')].map(({ outerHTML }) => outerHTML),
  );
}

/** What has the focus after each of so many presses of the Tab key, from the page's beginning. */
export async function tabThrough(page: Page, presses: number): Promise<string[]> {
  await page.evaluate(async () => {
    // By the next frame the browser has put the focus where the page wants it first.
    await new Promise(requestAnimationFrame);
    // Where the browser begins to look for the next control.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  const reached: string[] = [];
  for (let press = 0; press < presses; press += 1) {
    await page.keyboard.press('Tab');
    reached.push(await page.evaluate(() => document.activeElement?.outerHTML ?? ''));
  }
  return reached;
}
