import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decideLogin, type TestUser } from './factories.ts';
import type { TestApp } from './test-app.ts';

/** Somebody who approves every login that he is told of by `GET ?url=…`, from pages of any origin too. */
export interface Approvals {
  url: string;
  stop(): Promise<void>;
}

export async function startApprovals(app: TestApp, user: TestUser): Promise<Approvals> {
  const server = createServer(async ({ url = '' }, response) => {
    const page = new URL(url, 'http://localhost').searchParams.get('url') ?? '';
    // Other programs of this machine may still ask at a port that was theirs.
    if (!URL.canParse(page)) return response.writeHead(404).end();
    const login_attempt_id = new URL(page).searchParams.get('attempt');
    const { status } = await decideLogin(app, { login_attempt_id, outcome: 'completed', user_id: user.id });
    response.writeHead(status === 204 ? 200 : 500, { 'Access-Control-Allow-Origin': '*' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
