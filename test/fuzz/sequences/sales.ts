import type { Player } from './player.ts';
import type { Step } from './step.ts';

type SaleStep = Extract<Step, { kind: 'sale' }>;

/** Something happens at the seller, who sends webhooks about it; then the account is looked at. @throws SequenceFault */
export async function playSale(player: Player, { user, action, pick }: SaleStep): Promise<void> {
  const { stage, memory, note, act, goodToken, fail } = player;
  if (action === 'redeliver') return redeliver(player, user, pick);
  if (action === 'pay') {
    const url = memory.newest(user, 'checkout_url');
    if (typeof url !== 'string') return;
    note(`user ${user} pays at ${url}`);
    const subscription = await stage.pay(url);
    if (subscription === undefined) return;
    memory.note(user, 'subscription', subscription);
    memory.note(user, 'subscriptions', [...((memory.newest(user, 'subscriptions') ?? []) as string[]), subscription]);
    const { body } = await act(user, 'getAuthSession', {}, await goodToken(user));
    if (body.entitlement.max_concurrent_conns < 1) fail('nothing came of a payment');
    return;
  }
  const subscription = memory.newest(user, 'subscription');
  if (typeof subscription !== 'string') return;
  note(`the seller: ${action} ${subscription}`);
  await stage.sell(subscription, action);
  await act(user, 'getAuthSession', {}, await goodToken(user));
}

/** A webhook comes once more, which changes nothing. */
async function redeliver({ stage, act, goodToken, sendWebhook, fail }: Player, user: number, pick: number) {
  const text = stage.deliveries().at(-1 - pick);
  if (text === undefined) return;
  const token = await goodToken(user);
  const before = await act(user, 'getAuthSession', {}, token);
  await sendWebhook(text);
  await stage.settle();
  const after = await act(user, 'getAuthSession', {}, token);
  const { plan_tier: was, plan_status: had } = before.body.entitlement;
  const { plan_tier: is, plan_status: has } = after.body.entitlement;
  if (was !== is || had !== has) fail(`a repeated webhook turned ${was} ${had} into ${is} ${has}`);
}
