/** The part of JSON schema that the contract's answers use, references resolved. */
export interface AnswerSchema {
  type?: string;
  nullable?: boolean;
  enum?: unknown[];
  format?: string;
  required?: string[];
  properties?: Record<string, AnswerSchema>;
  additionalProperties?: unknown;
  items?: AnswerSchema;
}

/** A place in a body, by names from the outside in (`*`: every item of an array), and its schema. */
export interface Place {
  path: string[];
  schema: AnswerSchema;
}

/** Every place that each such body must have: required fields, never null, and items, if any. The body itself first. */
export function surePlaces(schema: AnswerSchema, path: string[] = []): Place[] {
  const { required = [], properties = {}, items } = schema;
  const fields = required.flatMap((name) => {
    const field = properties[name];
    return field === undefined || field.nullable === true ? [] : surePlaces(field, [...path, name]);
  });
  const item = items === undefined || items.nullable === true ? [] : surePlaces(items, [...path, '*']);
  return [{ path, schema }, ...fields, ...item];
}
