import { Argument, Command, Option } from 'commander';
import { addOperatorCommand, asOperator, OperatorError } from '../../operator.ts';
import {
  type BillingEvent,
  countEvents,
  EVENT_STATES,
  type EventState,
  findEvent,
  listEvents,
  reopenEvent,
} from './event-store.ts';

/** `billing list|show|replay` */
export function billingCommand(): Command {
  const billing = new Command('billing').description(
    "The seller's webhooks: look at them and have dead ones tried again.",
  );

  addOperatorCommand(billing, 'list', 'webhooks, newest first; the dead ones unless --state says otherwise')
    .addOption(new Option('--state <state>', 'in this state').choices([...EVENT_STATES, 'all']).default('dead'))
    .option('--user <id>', 'about this user only')
    .option('--limit <count>', 'how many', '50')
    .action(
      asOperator(async (operator, options: { state: EventState | 'all'; user?: string; limit: string }) => {
        const limit = Number(options.limit);
        if (!Number.isInteger(limit) || limit < 1) throw new OperatorError('--limit must be a whole number from 1.');
        const events = await listEvents(operator.database, {
          limit,
          ...(options.state === 'all' ? {} : { states: [options.state] }),
          ...(options.user === undefined ? {} : { userId: options.user }),
        });
        operator.print(events.map(toLine), `No ${options.state === 'all' ? '' : `${options.state} `}webhooks.`);
      }),
    );

  addOperatorCommand(billing, 'summary', 'how many webhooks are in each state').action(
    asOperator(async (operator) => operator.printParts(await countEvents(operator.database))),
  );

  addOperatorCommand(billing, 'show', 'one webhook, with the body that was sent')
    .addArgument(eventArgument())
    .action(
      asOperator(async (operator, id: string) => {
        const event = await findEvent(operator.database, id);
        if (!event) throw noSuchEvent(id);
        operator.printParts({ ...toLine(event), body: readable(event.body) });
      }),
    );

  addOperatorCommand(billing, 'replay', 'have webhooks worked on again; done twice it does the same as once')
    .addArgument(new Argument('[events...]', 'event ids (bev_…)'))
    .option('--dead', 'all dead ones, at most 1000')
    .action(
      asOperator(async (operator, ids: string[], options: { dead?: boolean }) => {
        if (ids.length > 0 === (options.dead === true)) throw new OperatorError('Name events, or say --dead.');
        const dead = options.dead ? await listEvents(operator.database, { states: ['dead'], limit: 1000 }) : [];
        const jobs = await operator.jobs();
        const chosen = options.dead ? dead.map(({ id }) => id) : ids;
        await operator.database.transaction(async (trx) => {
          for (const id of chosen) {
            if (!(await reopenEvent(trx, id))) throw noSuchEvent(id);
            await jobs.enqueue(trx, 'billing-event', { eventId: id });
          }
        });
        operator.printOne({ replayed: chosen.length });
      }),
    );

  return billing;
}

function eventArgument(): Argument {
  return new Argument('<event>', 'event id (bev_…)');
}

function noSuchEvent(id: string): OperatorError {
  return new OperatorError(`There is no webhook ${id}. See: npm run billing -- list --state all`);
}

function toLine(event: BillingEvent) {
  return {
    id: event.id,
    received_at: event.receivedAt,
    event: event.eventName,
    state: event.state,
    reason: event.reason,
    detail: event.detail,
    user: event.userId,
    subscription: event.subscriptionId,
    attempts: event.attempts,
  };
}

/** JSON as JSON; anything else as the text it may be. */
function readable(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return body.toString('utf8');
  }
}
