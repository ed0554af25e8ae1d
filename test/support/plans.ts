import { DEFAULT_PLANS_FILE, readPlansFile } from '../../src/features/account/plans-file.ts';

/** What is sold by default. */
export const CATALOG = readPlansFile(DEFAULT_PLANS_FILE);
