import { v4 } from 'uuid';

/** A new UUIDv4. Browsers have one of their own only on pages that came over TLS, which docks need not have. */
export const newUuid = (): string => v4();
