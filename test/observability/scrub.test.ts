import assert from 'node:assert/strict';
import { signRefreshToken } from '../../src/features/auth/refresh-token.ts';
import { createLogger } from '../../src/observability/logger.ts';

describe('A secret that is logged by mistake', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const refreshToken = signRefreshToken(['x'.repeat(32)], { authSessionId: 'aut_0123456789', counter: 3 });
  const cases: Record<string, string> = {
    'an access token': `eyJ${'h'.repeat(20)}.eyJ${'p'.repeat(30)}.${'s'.repeat(43)}`,
    'a refresh token': refreshToken,
    'an e-mail address': 'some.one+tag@mail.example.com',
    'a stream key': `live_${'k'.repeat(16)}`,
    'a key in a header': `Bearer ${'b'.repeat(24)}`,
    'a password of the database': 'postgres://telemy:pa55word-of-it@db.example.com/telemy',
  };

  for (const [name, secret] of Object.entries(cases)) {
    it(`is masked in the words of an error: ${name}`, () => {
      lines.length = 0;
      logger.error({ err: new Error(`refused: ${secret}, sorry`) }, 'failed');
      const [line = ''] = lines;
      const kept = secret.startsWith('postgres') ? 'pa55word-of-it' : secret;
      assert.equal(line.includes(kept), false, line);
      assert.match(JSON.parse(line).err.message, /^refused: .*, sorry$/);
    });
  }

  it('is masked under its name', () => {
    lines.length = 0;
    logger.info({ body: { stream_token: 'abc', refresh_token: 'def' }, email: 'x' });
    const { body, email } = JSON.parse(lines[0] ?? '');
    assert.deepEqual([body, email], [{ stream_token: '[secret]', refresh_token: '[secret]' }, '[secret]']);
  });

  it('does not come from a row that the database refuses: its values are left out', () => {
    lines.length = 0;
    const refused = Object.assign(new Error('duplicate key'), {
      severity: 'ERROR',
      code: '23505',
      detail: 'Key (stream_token)=(abcdefgh) already exists.',
      constraint: 'stream_slots_stream_token_key',
    });
    logger.error({ err: refused });
    assert.equal((lines[0] ?? '').includes('abcdefgh'), false);
    assert.equal(JSON.parse(lines[0] ?? '').err.constraint, 'stream_slots_stream_token_key');
  });

  it('leaves ids and paths as they are', () => {
    lines.length = 0;
    const fields = {
      session_id: 'ses_0198c2f0a8d57b7c',
      path: '/api/v1/relay/start',
      msg2: 'at node_modules/@koa/router',
    };
    logger.info(fields);
    const { session_id, path, msg2 } = JSON.parse(lines[0] ?? '');
    assert.deepEqual({ session_id, path, msg2 }, fields);
  });
});
