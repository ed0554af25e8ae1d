/** What a caller of the API did wrong, or what goes wrong there: a code that clients tell apart, and its HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** @throws AwsError always: for a parameter that is missing or makes no sense. */
export function refuseParameter(name: string, value: string | undefined): never {
  if (value === undefined) throw new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
  throw new AwsError('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid.`);
}
