import type { ContractOperation, ContractSchema } from './contract-document.ts';

/** Whether there is anything to validate: a text in a header that may be left out is never wrong, whatever it is. */
export function canBeWrong({ parameters, requestBody }: ContractOperation): boolean {
  return (
    requestBody !== undefined || parameters.some((one) => one.in !== 'header' || one.required || !isAnyText(one.schema))
  );
}

/** Whether a schema allows any text at all. */
export function isAnyText(schema: ContractSchema): boolean {
  return schema.type === 'string' && Object.keys(schema).length === 1;
}
