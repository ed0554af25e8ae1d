import { Argument, Command } from 'commander';
import { ApiError } from '../../http/errors.ts';
import { addOperatorCommand, asOperator, type Operator, OperatorError } from '../../operator.ts';
import { endPageSessions } from '../account/index.ts';
import { revokeAllAuthSessions } from './auth-session-store.ts';
import { createLoginService } from './login-service.ts';

/** `login approve` */
export function loginCommand(): Command {
  const login = new Command('login').description('Sign-ins that wait for someone to decide.');
  addOperatorCommand(login, 'approve', 'approve a login attempt for a user, as the web tier would')
    .addArgument(new Argument('<attempt>', 'login attempt id (pla_…)'))
    .requiredOption('--user <id>', 'user id')
    .action(
      asOperator(async (operator, attemptId: string, options: { user: string }) => {
        await approve(operator, attemptId, options.user);
        operator.printOne({ login_attempt_id: attemptId, outcome: 'completed', user_id: options.user });
      }),
    );
  return login;
}

/** Signs all of a user's devices out, and the browsers on the pages; returns how many devices there were. */
export async function revokeDevicesOf({ database, clock }: Operator, userId: string): Promise<number> {
  const now = clock.now();
  await endPageSessions(database, userId, now);
  return revokeAllAuthSessions(database, userId, 'operator', now);
}

async function approve(operator: Operator, attemptId: string, userId: string): Promise<void> {
  const { database, clock, random } = operator;
  const auth = { signIn: () => Promise.reject(new Error('Only a plugin is signed in.')) };
  const logins = createLoginService({ database, clock, random, auth, pollPaceMs: 0 });
  await logins.decide({ attemptId, outcome: 'completed', userId, reasonCode: undefined }).catch((error: unknown) => {
    throw error instanceof ApiError ? new OperatorError(error.message) : error;
  });
}
