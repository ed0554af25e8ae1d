import type { Ajv, ErrorObject } from 'ajv';

/** One line of the contract's `x-when`: when `property` has the value, another property must, or must not, be there. */
export interface Condition {
  property: string;
  is: string;
  require?: string;
  forbid?: string;
}

/** Teaches a validator the contract's `x-when`, so that such faults are found together with all others. */
export function addConditions(ajv: Ajv): Ajv {
  const validate = Object.assign(
    (conditions: Condition[], value: Record<string, unknown>): boolean => {
      const broken = conditions.filter((condition) => !holds(condition, value));
      validate.errors = broken.map(toError);
      return broken.length === 0;
    },
    { errors: [] as Partial<ErrorObject>[] },
  );
  return ajv.addKeyword({ keyword: 'x-when', type: 'object', schemaType: 'array', errors: true, validate });
}

/** Teaches a validator the contract's `x-exactly-one`: of the named properties exactly one must be there. */
export function addAlternatives(ajv: Ajv): Ajv {
  const validate = Object.assign(
    (names: string[], value: Record<string, unknown>): boolean => {
      const given = names.filter((name) => value[name] !== undefined);
      const message = `must have exactly one of ${names.join(', ')}`;
      validate.errors = given.length === 1 ? [] : [{ keyword: 'x-exactly-one', params: {}, message }];
      return given.length === 1;
    },
    { errors: [] as Partial<ErrorObject>[] },
  );
  return ajv.addKeyword({ keyword: 'x-exactly-one', type: 'object', schemaType: 'array', errors: true, validate });
}

function holds({ property, is, require, forbid }: Condition, value: Record<string, unknown>): boolean {
  if (value[property] !== is) return true;
  return require === undefined ? value[forbid as string] === undefined : value[require] !== undefined;
}

function toError({ property, is, require, forbid }: Condition): Partial<ErrorObject> {
  const [name, verdict] = require === undefined ? [forbid, 'not allowed'] : [require, 'required'];
  return { keyword: 'x-when', params: { property: name }, message: `is ${verdict} with the ${property} ${is}` };
}
