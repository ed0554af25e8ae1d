import { Argument, Command, Option } from 'commander';
import { addOperatorCommand, asOperator, type Operator, OperatorError } from '../../operator.ts';
import type { Account } from './account.ts';
import { PLAN_STATUSES, PLAN_TIERS, type PlanStatus, type PlanTier } from './plans.ts';
import { presentPlan } from './present-plan.ts';
import { createUser, EmailTakenError } from './user-service.ts';
import { deleteUser, findUsersByIdOrEmail, listUsers, lockUser, updatePlan } from './user-store.ts';

/** What these commands need of other features. */
export interface UserCommandDeps {
  /** Signs out all devices; returns how many. */
  revokeDevices(operator: Operator, userId: string): Promise<number>;
  /** Stops the user's live relays; returns how many. */
  stopRelays(operator: Operator, userId: string): Promise<number>;
  /** Everything that is kept about a user. */
  exportUser(operator: Operator, account: Account): Promise<object>;
}

const tier = () => new Option('--plan <tier>', 'plan').choices(PLAN_TIERS);
const status = () => new Option('--status <status>', 'state of the subscription').choices(PLAN_STATUSES);

/** `user create|list|show|set-plan|revoke|export|delete` */
export function userCommand(deps: UserCommandDeps): Command {
  const user = new Command('user').description('Accounts: make, look at, change and delete them.');
  const who = () => new Argument('<user>', 'user id or e-mail');

  addOperatorCommand(user, 'create', 'make an account; prints {"id":"usr_…"}')
    .requiredOption('--email <email>', 'e-mail address')
    .option('--name <name>', 'name to show')
    .addOption(tier().default('free'))
    .addOption(status().default('active'))
    .action(
      asOperator(async (operator, options: { email: string; name?: string; plan: PlanTier; status: PlanStatus }) => {
        if (!/^[^\s@]+@[^\s@]+$/.test(options.email)) throw new OperatorError(`${options.email} is no e-mail address.`);
        const account = await createUser(operator, {
          email: options.email,
          displayName: options.name ?? '',
          planTier: options.plan,
          planStatus: options.status,
        }).catch((error: unknown) => {
          throw error instanceof EmailTakenError ? new OperatorError(error.message) : error;
        });
        operator.printJson({ id: account.id });
      }),
    );

  addOperatorCommand(user, 'list', 'accounts, oldest first')
    .option('--limit <count>', 'how many', '50')
    .option('--after <id>', 'begin after this user')
    .action(
      asOperator(async (operator, options: { limit: string; after?: string }) => {
        const limit = Number(options.limit);
        if (!Number.isInteger(limit) || limit < 1) throw new OperatorError('--limit must be a whole number from 1.');
        const accounts = await listUsers(operator.database, limit, options.after);
        operator.print(
          accounts.map((account) => toLine(operator, account)),
          'There are no users yet. Make one: npm run user -- create --email E',
        );
      }),
    );

  addOperatorCommand(user, 'show', 'one account')
    .addArgument(who())
    .action(
      asOperator(async (operator, text: string) => operator.print([toLine(operator, await find(operator, text))], '')),
    );

  addOperatorCommand(user, 'set-plan', 'give an account a plan by hand; a better one that it has bought stays in force')
    .addArgument(who())
    .addOption(tier().makeOptionMandatory())
    .addOption(status().default('active'))
    .action(
      asOperator(async (operator, text: string, options: { plan: PlanTier; status: PlanStatus }) => {
        const account = await find(operator, text);
        const changed = await operator.database.transaction(async (trx) => {
          const locked = await lockUser(trx, account.id);
          if (!locked) throw new OperatorError(`There is no user ${text} any more.`);
          return updatePlan(trx, locked, { tier: options.plan, status: options.status }, operator.clock.now());
        });
        operator.print([toLine(operator, changed)], '');
      }),
    );

  addOperatorCommand(user, 'revoke', 'sign all devices of an account out')
    .addArgument(who())
    .action(
      asOperator(async (operator, text: string) => {
        const account = await find(operator, text);
        operator.printOne({ id: account.id, revoked: await deps.revokeDevices(operator, account.id) });
      }),
    );

  addOperatorCommand(user, 'export', 'everything that is kept about a user, as JSON')
    .addArgument(who())
    .action(
      asOperator(async (operator, text: string) => {
        const account = await find(operator, text);
        operator.printJson(await deps.exportUser(operator, account));
      }),
    );

  addOperatorCommand(user, 'delete', 'stop the relays of an account and delete everything about it')
    .addArgument(who())
    .requiredOption('--yes', 'really; there is no way back')
    .action(
      asOperator(async (operator, text: string) => {
        const account = await find(operator, text);
        const stopped = await deps.stopRelays(operator, account.id);
        await deleteUser(operator.database, account.id);
        operator.printOne({ id: account.id, deleted: true, stopped_relays: stopped });
      }),
    );

  return user;
}

async function find(operator: Operator, text: string): Promise<Account> {
  const [account, ...others] = await findUsersByIdOrEmail(operator.database, text);
  if (others.length > 0) {
    const ids = [account, ...others].map((one) => one?.id).join(', ');
    throw new OperatorError(`Several accounts have the e-mail ${text}. Name one by its id: ${ids}`);
  }
  if (!account) throw new OperatorError(`There is no user ${text}. See: npm run user -- list`);
  return account;
}

/** An account with the plan that it is on now, by hand or by subscription. */
function toLine({ config, clock }: Operator, account: Account) {
  const { plan, status } = presentPlan(account, config.catalog.plans, clock.now());
  return {
    id: account.id,
    email: account.email,
    name: account.displayName,
    plan: plan.tier,
    status,
    created_at: account.createdAt,
  };
}
