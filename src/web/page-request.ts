import type { Context } from 'koa';

/** The parameters of the request's address. Unlike `ctx.URL`, it needs no Host header that makes sense. */
export function queryOf(ctx: Context): URLSearchParams {
  return new URLSearchParams(ctx.querystring);
}

/** The path of an attempt's page. */
export function attemptPath(attemptId: string): string {
  return `/login/plugin?attempt=${encodeURIComponent(attemptId)}`;
}

/** Sends the browser on, with GET, so that reloading sends nothing twice (RFC 9110, section 15.4.4). */
export function sendTo(ctx: Context, path: string): void {
  ctx.redirect(path);
  ctx.status = 303;
}

/** Answers with a page. */
export function sendPage(ctx: Context, html: string, status = 200): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = html;
}
