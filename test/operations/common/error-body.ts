import assert from 'node:assert/strict';
import type { Answer } from '../../support/http.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
/** Words that only our insides know: SQL, files, stacks, tables, addresses of the database. */
const INSIDES =
  /\b(select|insert|update .* set|relation|column|syntax error|sqlstate|postgres|knex|ECONNREFUSED|127\.0\.0\.1)\b|node_modules|\.ts\b|\bat .*:\d+:\d+/i;

export interface ErrorContent {
  code: string;
  message: string;
  request_id: string;
  // biome-ignore lint/suspicious/noExplicitAny: details differ by code.
  details: any;
  reason_code?: string;
}

/**
 * Asserts that an answer is that error in the contract's envelope: nothing more and nothing less in it, the request id
 * of the header, and none of our insides.
 */
export function assertError(answer: Answer, status: number, code: string, reasonCode?: string): ErrorContent {
  assert.deepEqual([answer.status, answer.body?.error?.code], [status, code], answer.text);
  assert.equal(answer.headers.get('Content-Type'), 'application/json; charset=utf-8');
  assert.deepEqual(Object.keys(answer.body), ['error']);
  const error = answer.body.error as ErrorContent;
  const names = ['code', 'details', 'message', 'request_id', ...(reasonCode === undefined ? [] : ['reason_code'])];
  assert.deepEqual(Object.keys(error).sort(), names.sort());
  assert.equal(error.reason_code, reasonCode);
  assert.equal(typeof error.message === 'string' && error.message.length > 0, true);
  assert.equal(typeof error.details === 'object' && error.details !== null && !Array.isArray(error.details), true);
  assert.match(error.request_id, UUID);
  assert.equal(error.request_id, answer.headers.get('X-Request-ID'));
  assert.doesNotMatch(answer.text, INSIDES);
  return error;
}

/** Asserts a 400 that names exactly these places, in any order. */
export function assertFaults(answer: Answer, paths: string[]): void {
  const { details } = assertError(answer, 400, 'invalid_request');
  const faults = details.errors as { path: string; message: string }[];
  assert.deepEqual([...new Set(faults.map((fault) => fault.path))].sort(), [...paths].sort(), answer.text);
  for (const fault of faults) assert.match(fault.message, /\S/);
}

/** An error without what differs from request to request: equal for errors that nobody must tell apart. */
export function withoutRequestId(answer: Answer): { status: number; error: Omit<ErrorContent, 'request_id'> } {
  const { request_id: _, ...error } = answer.body.error as ErrorContent;
  return { status: answer.status, error };
}
