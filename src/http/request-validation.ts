import type { OpenAPIValidator, Operation, Request, ValidationResult } from 'openapi-backend';
import type { OperationRouter } from './operation-router.ts';

/**
 * openapi-backend's validation of a request, without the cases that the router has excluded once for all (cookies, lists
 * and JSON in a query, bodies that aren't parsed): looking for these took longer than the validators themselves. It finds
 * what that one finds.
 */
export function createRequestValidation(validator: OpenAPIValidator, router: OperationRouter) {
  return (request: Request, operation: Operation): ValidationResult & { coerced: Request } => {
    const { params, query, headers, requestBody } = router.parseRequest(request, operation);
    const parts = {
      path: params,
      query,
      header: headers,
      cookie: {},
      ...(typeof requestBody === 'object' ? { requestBody } : {}),
    };
    const validators = validator.getRequestValidatorsForOperation(operation.operationId as string) ?? [];
    // The validators write coerced values into the parts.
    const errors = validators.flatMap((validate) => (validate(parts) ? [] : (validate.errors ?? [])));
    const coerced = { ...request, params, query } as Request;
    return { valid: errors.length === 0, errors: errors.length === 0 ? null : errors, coerced };
  };
}
