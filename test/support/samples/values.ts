import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ContractDocument } from '../../../src/http/contract-document.ts';

/** The contract, apart from the server's own copy of it. */
export const CONTRACT = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../generated/server/openapi.gen.json'), 'utf8'),
) as ContractDocument;

/** What the contract's examples, and so all samples, call things. */
export const EXAMPLE = {
  connection: '5f0c8a9e-2b7d-4e31-8f64-9d1c2a3b4e5f',
  session: 'ses_019aa1c30000710092a3b4c5d6e7f809',
  instance: 'i-0a1b2c3d4e5f67890',
  user: 'usr_019aa1b0c1d2700083f4a5b6c7d8e9f0',
  attempt: 'pla_019aa1c2d3e4750081a2b3c4d5e6f708',
  pollToken: '3q2-7wTnZ4m1v0sQyF8rJk5LxE9uHbCdAaGgPpOoIiU',
  refreshToken: 'tr1.aut_019aa1c2e0007100a1b2c3d4e5f60718.4.b8Jw0hXq5m3nT1kZs7RyVdLfGpCeUa2xQiOoEwNz9Yc',
} as const;

/** The text with real things in place of the examples'. */
export function withReal(text: string, real: Partial<Record<keyof typeof EXAMPLE, string>>): string {
  return Object.entries(real).reduce(
    (filled, [name, value]) => filled.replaceAll(EXAMPLE[name as keyof typeof EXAMPLE], () => value),
    text,
  );
}
