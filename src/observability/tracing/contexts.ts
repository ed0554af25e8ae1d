import { context, trace } from '@opentelemetry/api';
import type { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

let users = 0;

/** Makes the open span known to what is called within it. That is the process's, so the last of its users ends it. */
export function enableContexts(provider: NodeTracerProvider): () => void {
  users += 1;
  if (users === 1) provider.register({ propagator: null });
  return () => {
    users -= 1;
    if (users > 0) return;
    context.disable();
    trace.disable();
  };
}
