import { useShop } from '../../support/shop.ts';
import { assertFaults } from '../common/error-body.ts';
import { refused } from './refusals.ts';

const WRONG: [name: string, body: unknown, paths: string[]][] = [
  ['neither a plan nor relays', {}, ['/body']],
  ['both', { plan: 'pro', addon_relays: 1 }, ['/body']],
  ['a plan that is not for sale', { plan: 'internal' }, ['/body/plan']],
  ['the free plan', { plan: 'free' }, ['/body/plan']],
  ['no relays', { addon_relays: 0 }, ['/body/addon_relays']],
  ['101 relays', { addon_relays: 101 }, ['/body/addon_relays']],
  ['half a relay', { addon_relays: 0.5 }, ['/body/addon_relays']],
  ['relays as text', { addon_relays: '1' }, ['/body/addon_relays']],
  [
    'two faults at once',
    { plan: 'x', addon_relays: 0, redirect_url: 1 },
    ['/body', '/body/addon_relays', '/body/plan', '/body/redirect_url'],
  ],
];

/** None of these may be where a browser is sent after paying. */
const REDIRECTS = [
  'https://evil.example/',
  'https://telemyapp.com.evil.example/',
  'https://telemyapp.com@evil.example/',
  'https://user:pw@telemyapp.com/',
  'http://telemyapp.com/',
  'https://telemyapp.com:8443/',
  '//telemyapp.com/',
  '/thanks',
  'javascript:alert(1)//https://telemyapp.com',
  'data:text/html,x',
  'https://telemyapp.com\u0000.evil.example/',
  '',
];

describe('createCheckout 400', () => {
  const shop = useShop({ roles: ['api'] });

  for (const [name, body, paths] of WRONG) {
    it(`refuses ${name}, names every fault and asks the seller nothing`, async () => {
      assertFaults(await refused(shop(), body, 'starter'), paths);
    });
  }

  for (const redirect_url of REDIRECTS) {
    it(`sends no browser to ${JSON.stringify(redirect_url)}`, async () => {
      assertFaults(await refused(shop(), { plan: 'pro', redirect_url }), ['/body/redirect_url']);
    });
  }
});
