import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertFaults } from '../common/error-body.ts';

const WRONG: [name: string, slot: string, body: unknown, paths: string[]][] = [
  ['no label', '1', {}, ['/body/label']],
  ['an empty label', '1', { label: '' }, ['/body/label']],
  ['a label of 65 characters', '1', { label: 'x'.repeat(65) }, ['/body/label']],
  ['a label with a line break', '1', { label: 'a\nb' }, ['/body/label']],
  ['a label with DEL', '1', { label: 'a\u007f' }, ['/body/label']],
  ['null for a label', '1', { label: null }, ['/body/label']],
  ['a number for a label', '1', { label: 7 }, ['/body/label']],
  ['slot 0', '0', { label: 'x' }, ['/path/slot_number']],
  ['slot -1', '-1', { label: 'x' }, ['/path/slot_number']],
  ['slot 1001', '1001', { label: 'x' }, ['/path/slot_number']],
  ['slot 1.5', '1.5', { label: 'x' }, ['/path/slot_number']],
  ['slot one', 'one', { label: 'x' }, ['/path/slot_number']],
  ['a slot in hexadecimal digits', '0x1', { label: 'x' }, ['/path/slot_number']],
  ['a slot with an exponent', '1e0', { label: 'x' }, ['/path/slot_number']],
  ['a slot behind a blank', '%201', { label: 'x' }, ['/path/slot_number']],
  ['a slot with NUL', '1%00', { label: 'x' }, ['/path/slot_number']],
  ['faults in path and body at once', '0', { label: '' }, ['/body/label', '/path/slot_number']],
];

describe('renameStreamSlot 400', () => {
  const app = useApp({ roles: ['api'] });

  for (const [name, slot, body, paths] of WRONG) {
    it(`refuses ${name}, names every fault and renames nothing`, async () => {
      const { token } = await signInNewUser(app());
      await call(app(), 'GET', '/user/stream-slots', { token });
      const answer = await assertNothingChanges(app(), () =>
        call(app(), 'PUT', `/user/stream-slots/${slot}/label`, { token, body }),
      );
      assertFaults(answer, paths);
    });
  }
});
