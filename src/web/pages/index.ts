/** The pages of the browser sign-in and of the account: each a whole document made of its view, and of nothing else. */
export { accountPage } from './account-page.ts';
export { type AccountSignInView, accountSignInPage } from './account-sign-in-page.ts';
export { type ApproveView, approvePage } from './approve-page.ts';
export { type ClosingView, closingPage } from './closing-page.ts';
export { type CodeView, codePage } from './code-page.ts';
export { handOffPage } from './hand-off-page.ts';
export { type MessageView, messagePage } from './message-page.ts';
export type { Message } from './messages.ts';
export { signInPage } from './sign-in-page.ts';
export type { AccountView, AskingDevice, LoginView, Place, SignedInAccount, SignedInDevice } from './views.ts';
