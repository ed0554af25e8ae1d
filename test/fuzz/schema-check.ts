/** The part of JSON schema that the contract's requests use. */
export interface Schema {
  type?: string;
  nullable?: boolean;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  'x-exactly-one'?: string[];
  'x-when'?: { property: string; is: unknown; require?: string; forbid?: string }[];
}

const KNOWN = new Set(
  'type nullable enum pattern format minLength maxLength minimum maximum required properties items x-exactly-one x-when description example default'.split(
    ' ',
  ),
);

/**
 * Whether a value is what a schema says. Written apart from the server's validator, so that they can be compared.
 *
 * @throws Error when the schema uses something that isn't known here: then this has to be extended.
 */
export function conforms(schema: Schema, value: unknown): boolean {
  const unknown = Object.keys(schema).filter((keyword) => !KNOWN.has(keyword));
  if (unknown.length > 0) throw new Error(`The fuzzer's schema check knows nothing of ${unknown.join(', ')}.`);
  if (value === null) return schema.nullable === true;
  if (schema.enum && !schema.enum.includes(value)) return false;
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' && isText(schema, value);
    case 'integer':
      return Number.isInteger(value) && isInRange(schema, value as number);
    case 'number':
      return Number.isFinite(value) && isInRange(schema, value as number);
    case 'boolean':
      return typeof value === 'boolean';
    case 'array':
      return Array.isArray(value) && value.every((item) => !schema.items || conforms(schema.items, item));
    case 'object':
      return isObject(value) && hasProperties(schema, value) && keepsConditions(schema, value);
    default:
      throw new Error(`The fuzzer's schema check knows nothing of the type ${schema.type}.`);
  }
}

function isText(
  { pattern, format, minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Schema,
  text: string,
): boolean {
  // Characters, not UTF-16 units (JSON Schema validation, section 6.3).
  const length = [...text].length;
  if (length < minLength || length > maxLength) return false;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return false;
  return format === undefined || isOfFormat(format, text);
}

function isOfFormat(format: string, text: string): boolean {
  if (format !== 'date-time') throw new Error(`The fuzzer's schema check knows nothing of the format ${format}.`);
  // RFC 3339, section 5.6.
  const match = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= days && hour < 24 && minute < 60 && second <= 60;
}

function isInRange({ minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: Schema, value: number) {
  return value >= minimum && value <= maximum;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the contract says of properties together. */
function keepsConditions(schema: Schema, value: Record<string, unknown>): boolean {
  const isThere = (name: string) => Object.hasOwn(value, name);
  const alternatives = schema['x-exactly-one'];
  if (alternatives && alternatives.filter(isThere).length !== 1) return false;
  return (schema['x-when'] ?? []).every(({ property, is, require, forbid }) => {
    if (!isThere(property) || value[property] !== is) return true;
    return (require === undefined || isThere(require)) && (forbid === undefined || !isThere(forbid));
  });
}

function hasProperties({ required = [], properties = {} }: Schema, value: object): boolean {
  const own = Object.entries(value);
  return (
    required.every((name) => Object.hasOwn(value, name)) &&
    own.every(([name, part]) => !Object.hasOwn(properties, name) || conforms(properties[name] as Schema, part))
  );
}
