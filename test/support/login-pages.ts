import type { Locator, Page } from 'playwright-core';
import { type Answer, call } from './http.ts';

/** A plugin that asks to be signed in. */
export interface Attempt {
  id: string;
  /** What the plugin shows. */
  code: string;
  /** The page that the plugin opens. */
  url: string;
  pollToken: string;
}

/** Begins a sign-in as the plugin does. */
export async function askToSignIn(
  app: { url: string },
  { deviceName = 'STREAM-PC', headers = {} }: { deviceName?: string; headers?: Record<string, string> } = {},
): Promise<Attempt> {
  const client = { platform: 'windows', plugin_version: '0.0.6', device_name: deviceName };
  const { status, body, text } = await call(app, 'POST', '/auth/plugin/login/start', { body: { client }, headers });
  if (status !== 201) throw new Error(`The start ended in ${status}: ${text}`);
  return { id: body.login_attempt_id, code: body.user_code, url: body.authorize_url, pollToken: body.poll_token };
}

/** What the plugin is told. */
export function poll(app: { url: string }, { id, pollToken }: Attempt): Promise<Answer> {
  return call(app, 'POST', '/auth/plugin/login/poll', { body: { login_attempt_id: id, poll_token: pollToken } });
}

/** Opens an address; returns the status of the page that it ended on. */
export async function visit(page: Page, url: string): Promise<number | undefined> {
  return (await page.goto(url, { waitUntil: 'domcontentloaded' }))?.status();
}

/** Presses something and waits for the page behind it; returns the status of that page. */
export async function press(page: Page, button: string): Promise<number> {
  return arriving(page, () => page.getByRole('button', { name: button, exact: true }).click());
}

/** The status of the page that an act leads to, behind all redirects. */
export async function arriving(page: Page, act: () => Promise<unknown>): Promise<number> {
  const arrived = page.waitForResponse(
    (response) =>
      response.request().isNavigationRequest() &&
      response.frame() === page.mainFrame() &&
      (response.status() < 300 || response.status() >= 400),
  );
  const [response] = await Promise.all([arrived, page.waitForEvent('domcontentloaded'), act()]);
  return response.status();
}

/** Goes to the provider from a page of ours, and signs in there. */
export async function signInAs(page: Page, name: string): Promise<void> {
  await press(page, 'Sign in with Example ID');
  await answerProvider(page, `Sign in as ${name}`);
}

/** Presses a button at the provider, which sends the browser back; returns the status of the page that it ends on. */
export async function answerProvider(page: Page, button: string): Promise<number> {
  const there = page.getByRole('button', { name: button });
  await there.waitFor();
  return arriving(page, () => there.click());
}

/** Opens an attempt and signs in, so that its page asks for the decision. */
export async function openSignedIn(page: Page, attempt: Attempt, name: string): Promise<void> {
  await visit(page, attempt.url);
  await signInAs(page, name);
  await approveButton(page).waitFor();
}

export function approveButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Approve', exact: true });
}

/** The page's one main heading. */
export function heading(page: Page): Promise<string> {
  return page.getByRole('heading', { level: 1 }).innerText();
}

/** Everything that can be read on the page. */
export function textOf(page: Page): Promise<string> {
  return page.locator('body').innerText();
}
