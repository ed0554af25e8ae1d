import type { StreamSlot as ApiStreamSlot } from '../../../generated/sdk/types.gen.ts';
import { errors } from '../../http/errors.ts';
import type { Handlers } from '../../http/operation-types.ts';
import type { SlotService } from './slot-service.ts';
import type { StreamSlot } from './slot-store.ts';

type AccountHandlers = Pick<Handlers, 'listStreamSlots' | 'renameStreamSlot' | 'regenerateStreamToken'>;

/** The operations of the tag `account`. */
export function createAccountHandlers(slots: SlotService): AccountHandlers {
  return {
    async listStreamSlots({ principals }) {
      const usable = await slots.list(principals.bearerAuth.account);
      return { status: 200, body: { stream_slots: usable.map(toApiSlot) } };
    },

    async renameStreamSlot({ principals, path, body }) {
      const slot = await slots.rename(principals.bearerAuth.account, path.slot_number, body.label);
      if (!slot) throw errors.notFound('stream slot with this number');
      return { status: 200, body: toApiSlot(slot) };
    },

    async regenerateStreamToken({ principals, body }) {
      const slot = await slots.regenerateToken(principals.bearerAuth.account, body.slot_number ?? 1);
      if (!slot) throw errors.notFound('stream slot with this number');
      return { status: 200, body: toApiSlot(slot) };
    },
  };
}

export function toApiSlot(slot: StreamSlot): ApiStreamSlot {
  return { slot_number: slot.slotNumber, label: slot.label, stream_token: slot.streamToken };
}
