import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { buy, settled, useShop } from '../../support/shop.ts';
import { assertError } from '../common/error-body.ts';

describe('createCheckout 409', () => {
  const shop = useShop();

  it('sells no second plan beside a running subscription, a late one included: it would be paid for twice', async () => {
    const { token } = await signInNewUser(shop().app, 'free');
    const again = () => call(shop().app, 'POST', '/billing/checkout', { token, body: { plan: 'pro' } });
    const id = await buy(shop(), token, { plan: 'starter' });
    assertError(await again(), 409, 'conflict');
    await shop().seller.failPayment(id);
    await settled(shop());
    assertError(await again(), 409, 'conflict');
  });
});
