import assert from 'node:assert/strict';
import type { Browser, BrowserContext, BrowserContextOptions, ConsoleMessage, Page } from 'playwright-core';

/** Someone with a browser of their own: no cookie is shared with anyone else. */
export interface Visitor {
  context: BrowserContext;
  page: Page;
}

/**
 * Makes visitors for the tests of the surrounding `describe`. Behind each test they leave, and the test fails if a page
 * of theirs has complained: about its policy, a script, or something that it could not load.
 */
export function useVisitors(browser: () => Browser): (options?: BrowserContextOptions) => Promise<Visitor> {
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    assert.deepEqual(complaints.splice(0), [], 'what the browser complained about');
  });
  return async (options) => {
    const context = await browser().newContext(options);
    contexts.push(context);
    context.on('console', (message) => {
      if (!isToldStatus(message)) complaints.push(message.text());
    });
    context.on('weberror', (error) => complaints.push(String(error.error())));
    context.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      return dialog.dismiss();
    });
    return { context, page: await context.newPage() };
  };
}

/** Chromium notes each page with a status from 400 on; which one it has to be is for the tests to say. */
function isToldStatus(message: ConsoleMessage): boolean {
  const isPage = message.location().url.split('#')[0] === message.page()?.url().split('#')[0];
  return isPage && /^Failed to load resource: the server responded with a status of 4/.test(message.text());
}
