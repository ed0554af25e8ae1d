import type { Service } from '../../src/service.ts';
import type { DemoUser } from './demo-user.ts';

/** Says where things are, how to come by a token, and what can be switched. */
export function sayWhatThereIs({ app, seller, identity }: Service, { user, auth }: DemoUser, dataDir: string): void {
  const { adminUrl } = app;
  const api = `${app.url}/api/v1`;
  console.log(`The stateful mock of the Telemy control plane listens on ${api}

  Admin     ${adminUrl}
  Sign-in   ${identity?.url ?? 'none'} (in a browser everyone is ${user.email})
  Seller    ${seller?.url ?? 'none'} (nothing is charged)
  Data      ${dataDir} (removed at the end)

${user.email} is there, on the plan ${user.plan_tier}. A token, good for 15 minutes of the mock's time:
  TOKEN=${auth.cp_access_jwt}
  curl -s ${api}/auth/session -H "Authorization: Bearer $TOKEN"
and what it is renewed by:
  curl -s ${api}/auth/refresh -H 'Content-Type: application/json' -d '{"refresh_token":"${auth.refresh_token}"}'
Another plan: DATA_DIR=${dataDir} npm run user -- set-plan ${user.email} --plan free

Switches:
  curl -s -X POST ${adminUrl}/dev/clock -d '{"advance_seconds":301}'
  curl -s -X PUT ${adminUrl}/dev/faults -d '{"hold_step":"starting_docker"}'     (README.md lists the faults)
  curl -s -X DELETE ${adminUrl}/dev/faults
Back to the beginning, with new tokens:
  curl -s -X POST ${adminUrl}/dev/reset
End it with Ctrl-C.
`);
}
