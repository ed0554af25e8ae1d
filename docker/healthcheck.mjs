// Ends with 0 when the URL answers 200: `node healthcheck.mjs URL`. The image has no curl.
const LIMIT_MS = 4000;

const [url] = process.argv.slice(2);
if (url === undefined) {
  console.error('usage: node healthcheck.mjs URL');
  process.exit(2);
}
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  console.log(`${response.status} ${await response.text()}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.error(`${url} doesn't answer: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
