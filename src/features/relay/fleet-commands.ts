import { Command } from 'commander';
import { createMovableClock } from '../../clock.ts';
import { addOperatorCommand, asOperator, type Operator, OperatorError } from '../../operator.ts';
import { existingUsers } from '../account/index.ts';
import { pauseFleet, readFleetControl, resumeFleet } from './fleet-control.ts';
import { type FleetInstance, listInstances } from './fleet-inspection.ts';
import { relayDepsOf } from './operator-deps.ts';
import type { Providers } from './providers/index.ts';
import { type ReconcileDeps, reconcile } from './reconcile-job.ts';
import type { RelaySession } from './session.ts';
import { findSessionsByIds } from './session-store.ts';

/** `fleet list|reconcile|status|pause|resume` */
export function fleetCommand(): Command {
  const fleet = new Command('fleet').description('The relays at their providers, and whether they fit the sessions.');

  addOperatorCommand(fleet, 'list', 'every relay of this deployment that is not terminated').action(
    asOperator(async (operator) => {
      await withFleet(operator, async (deps) => {
        const { found, blind } = await listInstances(deps);
        assertSeen(blind);
        const sessions = await findSessionsByIds(operator.database, [...new Set(found.map((one) => one.sessionId))]);
        const byId = new Map(sessions.map((session) => [session.id, session]));
        operator.print(
          found.map((instance) => toLine(instance, byId.get(instance.sessionId))),
          'No relays.',
        );
      });
    }),
  );

  addOperatorCommand(fleet, 'reconcile', 'compare relays and sessions once, and mend what differs')
    .option('--dry-run', 'only say what would be done')
    .action(
      asOperator(async (operator, { dryRun = false }: { dryRun?: boolean }) => {
        await withFleet(operator, async (deps) => {
          const { acted, findings, blind } = await reconcile(deps, new Map(), { dryRun });
          assertSeen(blind);
          const lines = findings.map(({ kind, provider, what, sessionId, region }) => ({
            [acted ? 'done' : 'would_do']: DEEDS[kind],
            provider,
            what,
            session: sessionId,
            region,
          }));
          operator.print(lines, 'Relays and sessions fit.');
          if (!dryRun && !acted)
            throw new OperatorError('Nothing was done: the fleet is paused. See: npm run fleet -- status');
        });
      }),
    );

  addOperatorCommand(fleet, 'status', 'whether the reconciler acts, or only reports').action(
    asOperator(async (operator) => {
      const { reportOnly, reason, changedAt } = await readFleetControl(operator.database, operator.clock.now());
      operator.printOne({ reconciler: reportOnly ? 'reports' : 'acts', since: changedAt, reason });
    }),
  );

  addOperatorCommand(fleet, 'pause', 'let the reconciler only report')
    .option('--reason <text>', 'why', 'an operator said so')
    .action(
      asOperator(async (operator, { reason }: { reason: string }) => {
        if (reason.trim() === '') throw new OperatorError('--reason must not be empty.');
        await pauseFleet(operator.database, reason, operator.clock.now());
        operator.printOne({ reconciler: 'reports' });
      }),
    );

  addOperatorCommand(fleet, 'resume', 'let the reconciler act again').action(
    asOperator(async (operator) => {
      await resumeFleet(operator.database, operator.clock.now());
      operator.printOne({ reconciler: 'acts' });
    }),
  );

  return fleet;
}

const DEEDS = {
  lost: 'end the session: its relay is gone',
  orphan: 'take down: no session is to have it',
  leftover: 'take down: its session is over',
  forgotten: 'look for it, and take it down',
  address: 'tell the session its new address',
  move: 'take the move up again',
  tidied: 'tidy up',
} as const;

function toLine(instance: FleetInstance, session: RelaySession | undefined) {
  const { instanceId, provider, region, state, step, address } = instance;
  return {
    instance: instanceId,
    provider,
    region,
    state,
    step,
    address: address?.publicIp ?? null,
    session: instance.sessionId,
    session_status: session?.status ?? 'unknown',
    use: useOf(instance, session),
  };
}

/** What the instance is to its session. */
function useOf({ instanceId }: FleetInstance, session: RelaySession | undefined): string {
  if (!session || session.status === 'stopped') return 'none';
  if (session.instanceId === instanceId) return 'relay';
  if (session.migration?.instanceId === instanceId)
    return session.migration.step === 'draining' ? 'drains' : 'comes up';
  return session.status === 'provisioning' ? 'comes up' : 'none';
}

function assertSeen(blind: readonly string[]): void {
  if (blind.length > 0)
    throw new OperatorError(`${blind.join(', ')} could not be asked. Are they reachable from here?`);
}

async function withFleet(operator: Operator, task: (deps: ReconcileDeps) => Promise<void>): Promise<void> {
  const providers = await makeProviders(operator);
  try {
    const relay = await relayDepsOf(operator);
    await task({
      ...relay,
      providers,
      logger: operator.logger,
      deployment: operator.config.deploymentName,
      hasNames: operator.config.dns !== undefined,
      usersAmong: (ids) => existingUsers(operator.database, ids),
    });
  } finally {
    await Promise.all(providers.all.map((provider) => provider.close()));
  }
}

async function makeProviders({ config, database, random, logger }: Operator): Promise<Providers> {
  const { createLocal, createProviders } = await import('./providers/index.ts');
  const parts = { config, database, random, logger, clock: createMovableClock(), takesReports: false };
  return createProviders(parts, createLocal(parts));
}
