import { type Boot, boot } from './boot.ts';
import { type Primary, startPrimary } from './cluster/primary.ts';
import { collectGarbage } from './collect-garbage.ts';
import { onEndSignal } from './end-signal.ts';
import type { Role } from './features/relay/alive-marks.ts';
import { explainStart, say } from './start-faults.ts';
import { sayWhereThingsAre } from './where-things-are.ts';

/**
 * Runs the given parts in several processes until SIGTERM or SIGINT, then drains all of them. A second signal, later on,
 * ends this process at once, and with it the others.
 */
export async function serveMany(roles: readonly Role[]): Promise<void> {
  const asked = Promise.withResolvers<void>();
  onEndSignal((signal) => {
    say(`${signal}: finishing what is under way …`);
    asked.resolve();
  });
  let booted: Boot | undefined;
  let primary: Primary;
  try {
    booted = await boot(process.env, say);
    const { config, embeddedAt, databaseUrl } = booted;
    if (config.rateLimitStore === 'memory' && config.rateLimitFactor > 0) sayApart(config.processes);
    const env: Record<string, string> = embeddedAt === undefined ? {} : { DATABASE_URL: databaseUrl };
    primary = await startPrimary({ config, roles, argsOf: (role) => [role], env });
    const { url, adminUrl } = primary;
    await collectGarbage();
    const processes = `${config.processes} of the API${roles.includes('worker') ? ', 1 of the worker' : ''}`;
    sayWhereThingsAre({ url, adminUrl, processes }, booted);
  } catch (error) {
    say(explainStart(error));
    await booted?.release();
    process.exit(1);
  }

  await asked.promise;
  try {
    const isClean = await primary.end();
    await booted.release();
    process.exit(isClean ? 0 : 1);
  } catch (error) {
    say(`The end was not clean: ${(error as Error).message}`);
    process.exit(1);
  }
}

function sayApart(processes: number): void {
  say(
    `Each of the ${processes} processes counts requests by itself, so a client may make up to ${processes} times as many ` +
      'as the limits say. Set RATE_LIMIT_STORE=postgres to have them count together.',
  );
}
