export { ACCOUNT_CHANNEL, type AccountNotices, openAccountNotices } from './account-notices.ts';
export { createUserCache, type UserCache } from './user-cache.ts';
