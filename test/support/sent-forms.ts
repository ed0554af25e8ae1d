import type { BrowserContext, Page } from 'playwright-core';

/** A form as it could be sent: where to, and its fields. */
export interface ReadyForm {
  url: string;
  fields: Record<string, string>;
}

/** What came back, before any redirect was followed. */
export interface SentAnswer {
  status: number;
  location: string | null;
  text: string;
}

/** Reads the form around a button of a page. */
export function readForm(page: Page, button: string): Promise<ReadyForm> {
  return page.getByRole('button', { name: button, exact: true }).evaluate((element) => {
    const { form } = element as HTMLButtonElement;
    if (!form) throw new Error('The button belongs to no form.');
    return { url: form.action, fields: Object.fromEntries(new FormData(form)) as Record<string, string> };
  });
}

/** Sends a form as a program does: with whatever cookies and headers it likes. */
export async function sendForm(
  { url, fields }: ReadyForm,
  options: { cookie?: string; headers?: Record<string, string> } = {},
): Promise<SentAnswer> {
  const { cookie, headers = {} } = options;
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...(cookie === undefined ? {} : { Cookie: cookie }), ...headers },
    body: new URLSearchParams(fields),
  });
  return { status: response.status, location: response.headers.get('Location'), text: await response.text() };
}

/** Opens an address as a program does. */
export async function openPlainly(url: string, cookie = ''): Promise<SentAnswer> {
  const response = await fetch(url, { redirect: 'manual', headers: { Cookie: cookie } });
  return { status: response.status, location: response.headers.get('Location'), text: await response.text() };
}

/** Our cookies of a visitor as they would be sent; `only` one of them where it is named. */
export async function cookiesOf(context: BrowserContext, only?: 'browser' | 'session'): Promise<string> {
  const cookies = await context.cookies();
  return cookies
    .filter(({ name }) => name.startsWith('__Host-telemy-') && (only === undefined || name.endsWith(`-${only}`)))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
}
