import type { ContractOperation } from './contract-document.ts';

/** Whether there is anything to validate: a text in a header that may be left out is never wrong, whatever it is. */
export function canBeWrong({ parameters, requestBody }: ContractOperation): boolean {
  return requestBody !== undefined || parameters.some((one) => one.in !== 'header' || one.required || !isAnyText(one));
}

function isAnyText({ schema }: ContractOperation['parameters'][number]): boolean {
  return schema.type === 'string' && Object.keys(schema).length === 1;
}
