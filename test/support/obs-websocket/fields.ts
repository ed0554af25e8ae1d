import { isObject, type JsonObject, Refusal, STATUS } from './protocol.ts';

/** The data of a request that has to have some. @throws Refusal 301 */
export function needData(data: unknown): JsonObject {
  if (!isObject(data)) throw new Refusal(STATUS.missingRequestData, 'The request has no data object.');
  return data;
}

/** A text that has to be there. @throws Refusal 300, 301, 401 or 403 */
export function needText(data: unknown, field: string): string {
  const value = need(data, field);
  if (typeof value !== 'string') throw new Refusal(STATUS.invalidRequestFieldType, `${field} isn't a string.`);
  if (value === '') throw new Refusal(STATUS.requestFieldEmpty, `${field} is empty.`);
  return value;
}

/** An object that has to be there. @throws Refusal 300, 301 or 401 */
export function needObject(data: unknown, field: string): JsonObject {
  const value = need(data, field);
  if (!isObject(value)) throw new Refusal(STATUS.invalidRequestFieldType, `${field} isn't an object.`);
  return value;
}

/** A yes or no that may be left out. @throws Refusal 401 */
export function optionalFlag(data: unknown, field: string, otherwise: boolean): boolean {
  const value = needData(data)[field] ?? otherwise;
  if (typeof value !== 'boolean') throw new Refusal(STATUS.invalidRequestFieldType, `${field} isn't a boolean.`);
  return value;
}

function need(data: unknown, field: string): unknown {
  const value = needData(data)[field];
  if (value === undefined || value === null) throw new Refusal(STATUS.missingRequestField, `${field} is missing.`);
  return value;
}
