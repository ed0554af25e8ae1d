import { randomUUID } from 'node:crypto';
import type { AwsError } from '../aws-error.ts';
import type { FaultKind } from '../faults.ts';
import { readForm } from './parameters.ts';
import type { Answer, Incoming } from './server.ts';
import { toXml, type XmlValue } from './xml.ts';

/** How one of the two services is spoken with. */
export interface Protocol {
  actionOf(request: Incoming): string;
  show(action: string, result: object): Answer;
  refuse(error: AwsError): Answer;
  /** Code and status of the faults that are answers. */
  faults: Record<Exclude<FaultKind, 'lost' | 'hang'>, { code: string; status: number; message: string }>;
}

/** The Query API of EC2: a form in, XML out. */
export const QUERY: Protocol = {
  actionOf: ({ body }) => readForm(body).get('Action') ?? '',
  show(action, result) {
    const requestId = randomUUID();
    const elements = toXml({ requestId, ...(result as { [element: string]: XmlValue }) });
    const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';
    return xml(200, requestId, `<${action}Response xmlns="${namespace}">${elements}</${action}Response>`);
  },
  refuse({ code, message, status }) {
    const requestId = randomUUID();
    const error = toXml({ Errors: { Error: { Code: code, Message: message } }, RequestID: requestId });
    return xml(status, requestId, `<Response>${error}</Response>`);
  },
  faults: {
    throttled: { code: 'RequestLimitExceeded', status: 503, message: 'Request limit exceeded.' },
    'internal-error': { code: 'InternalError', status: 500, message: 'An internal error has occurred' },
    unauthorized: {
      code: 'UnauthorizedOperation',
      status: 403,
      message: 'You are not authorized to perform this operation.',
    },
  },
};

/** The JSON 1.1 protocol of Service Quotas. */
export const JSON_TARGET: Protocol = {
  actionOf: ({ headers }) => String(headers['x-amz-target']).split('.').at(-1) ?? '',
  show: (_action, result) => json(200, result),
  refuse: ({ code, message, status }) => json(status, { __type: code, Message: message, message }),
  faults: {
    throttled: { code: 'TooManyRequestsException', status: 400, message: 'Rate exceeded' },
    'internal-error': { code: 'ServiceException', status: 500, message: 'An internal error has occurred' },
    unauthorized: { code: 'AccessDeniedException', status: 400, message: 'You are not authorized to do this.' },
  },
};

function xml(status: number, requestId: string, body: string): Answer {
  const type = 'text/xml;charset=UTF-8';
  return { status, type, requestId, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` };
}

function json(status: number, body: object): Answer {
  const type = 'application/x-amz-json-1.1';
  return { status, type, requestId: randomUUID(), body: JSON.stringify(body) };
}
