import type { SendStatement } from './prepared.ts';

/**
 * Sends a connection's statements one after the other, in the order in which they come: pg takes several at once only where
 * they are pipelined.
 */
export function inTurn(send: SendStatement): SendStatement {
  const waiting: Parameters<SendStatement>[] = [];
  let isBusy = false;
  const next = (): void => {
    const one = waiting.shift();
    if (!one) {
      isBusy = false;
      return;
    }
    const [statement, callback] = one;
    isBusy = true;
    send(statement, (error, result) => {
      next();
      callback(error, result);
    });
  };
  return (...one) => {
    waiting.push(one);
    if (!isBusy) next();
  };
}
