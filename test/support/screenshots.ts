import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Writes NAME-WIDTH.png, the whole page, into the folder that SCREENSHOTS_DIR names; without it does nothing. */
export async function screenshot(page: Page, name: string, width: number): Promise<void> {
  const folder = process.env.SCREENSHOTS_DIR;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true });
}
