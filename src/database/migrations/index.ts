import { accounts } from './0001-accounts.ts';
import { relays } from './0002-relays.ts';
import { metering } from './0003-metering.ts';
import { billing } from './0004-billing.ts';
import { fleet } from './0005-fleet.ts';
import { pool } from './0006-pool.ts';
import { browserLogin } from './0007-browser-login.ts';
import { takeOver } from './0008-take-over.ts';
import { schedules } from './0009-schedules.ts';
import { rateLimits } from './0010-rate-limits.ts';
import { accountNotices } from './0011-account-notices.ts';
import { growth } from './0012-growth.ts';
import type { Migration } from './migration.ts';

/** In the order in which they are applied. */
export const migrations: readonly Migration[] = [
  accounts,
  relays,
  metering,
  billing,
  fleet,
  pool,
  browserLogin,
  takeOver,
  schedules,
  rateLimits,
  accountNotices,
  growth,
];
