import { signInNewUser } from './support/factories.ts';
import { call } from './support/http.ts';
import { useApp } from './support/test-app.ts';
import { randomUUID } from 'node:crypto';
import { eventually } from './support/eventually.ts';
describe('count', () => {
  const app = useApp({});
  it('x', async () => {
    const { token } = await signInNewUser(app());
    await call(app(), 'GET', '/auth/session', { token });
    const note = ({ sql, __knexTxId }: any) => console.log(`${__knexTxId ?? '-'} ${String(sql).replace(/\s+/g, ' ').slice(0, 150)}`);
    app().database.on('query', note);
    const r = await call(app(), 'POST', '/relay/start', { token, headers: { 'Idempotency-Key': randomUUID() }, body: {} });
    console.log('ANSWERED', r.status, r.text);
    await eventually(async () => {
      const s = await call(app(), 'GET', '/relay/active', { token });
      if (!s.text.includes('"active"')) throw new Error(s.text);
    }, { timeoutMs: 20000, intervalMs: 500 });
    app().database.removeListener('query', note);
  });
});
