import type { IdentityUser } from './user.ts';

/** Said on every page, so that nobody takes one for a real provider's. */
export const WARNING = 'Development sign-in – not a real provider, nothing is protected by it';

/** Where somebody says who they are: one form, without script. Its answer goes to the page's own address. */
export function signInPage(users: readonly IdentityUser[]): string {
  const buttons = users.map(
    ({ subject, name, email }) =>
      `<p><button name="subject" value="${escapeHtml(subject)}">Sign in as ${escapeHtml(name)}</button>
<small>${escapeHtml(email ?? 'no email address')}</small></p>`,
  );
  return page(
    'Who are you?',
    `<form method="post">
${buttons.join('\n')}
<p><button name="cancel" value="yes" class="quiet">Cancel</button></p>
</form>`,
  );
}

/** A page that only says what went wrong. */
export function errorPage(text: string): string {
  return page('This does not work', `<p>${escapeHtml(text)}</p>`);
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Development sign-in</title>
<style>
body { font: 1.125rem/1.5 system-ui, sans-serif; color: #1f2937; background: #fff; max-width: 30rem; margin: 2rem auto; padding: 0 1rem; }
.warning { padding: 0.5rem 1rem; border: 0.125rem solid #92400e; border-radius: 0.5rem; color: #78350f; background: #fef3c7; }
button { font: inherit; width: 100%; padding: 0.75rem; border: 0.125rem solid #5b21b6; border-radius: 0.5rem; background: #5b21b6; color: #fff; cursor: pointer; }
button:focus-visible { outline: 0.1875rem solid #1f2937; outline-offset: 0.125rem; }
.quiet { background: #fff; color: #5b21b6; }
small { color: #4b5563; }
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="warning">${WARNING}</p>
${content}
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
