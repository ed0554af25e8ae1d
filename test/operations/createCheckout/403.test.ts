import { useShop } from '../../support/shop.ts';
import { assertError } from '../common/error-body.ts';
import { refused } from './refusals.ts';

describe('createCheckout 403', () => {
  const shop = useShop({ roles: ['api'] });

  it('sells no further relays to an account whose plan has none', async () => {
    const answer = await refused(shop(), { addon_relays: 1 }, 'free');
    assertError(answer, 403, 'entitlement_denied', 'subscription_required');
  });
});
