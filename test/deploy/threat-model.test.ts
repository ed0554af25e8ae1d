import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const NAMED = /`(test\/[\w./-]+)`/g;

/** The part of the README below that heading, up to the next one like it. */
const [, model = ''] =
  /\n## Threat model\n([\s\S]*?)\n## /.exec(readFileSync(resolve(ROOT, 'README.md'), 'utf8')) ?? [];

describe('The threat model in the README', () => {
  it('names a test in each row of what stops whom, and each of them exists', () => {
    const rows = model
      .split('\n')
      .filter((line) => /^\|.*\|.*\|.*\|.*\|$/.test(line) && !/^\|(?:-| threat )/.test(line));
    assert.ok(rows.length > 30, String(rows.length));
    for (const row of rows) assert.ok([...row.matchAll(NAMED)].length > 0, row);
    const missing = [...model.matchAll(NAMED)]
      .map(([, file = '']) => file)
      .filter((file) => !existsSync(resolve(ROOT, file)));
    assert.deepEqual(missing, []);
  });
});
