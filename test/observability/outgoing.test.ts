import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTracer } from '../../src/observability/tracing/open-telemetry.ts';
import { startTraceCollector } from '../support/trace-collector.ts';

describe('A request to others within a span', () => {
  let vendor: Server;
  let port: number;
  before(async () => {
    vendor = createServer((_request, response) => response.writeHead(404).end());
    vendor.listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    ({ port } = vendor.address() as AddressInfo);
  });
  after(() => vendor.close());

  const ways: Record<string, (path: string) => Promise<unknown>> = {
    'by fetch, as LemonSqueezy, Cloudflare and the hosts of a pool are asked': async (path) =>
      (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text(),
    'by node:http, as the SDK of AWS asks': async (path) => {
      const sent = request({ port, host: '127.0.0.1', path, agent: false }).end();
      const [response] = await once(sent, 'response');
      response.resume();
      await once(response, 'end');
    },
  };

  for (const [way, ask] of Object.entries(ways)) {
    it(`has a span with method, host and status, and without its path: ${way}`, async () => {
      const collector = await startTraceCollector();
      const settings = {
        headers: {},
        serviceName: 's',
        sampler: 'always_on',
        samplerArg: 1,
        version: '1.0.0',
      } as const;
      const tracer = startTracer({ ...settings, endpoint: collector.url, onFailure: (error) => assert.fail(error) });
      await tracer.span('outer', {}, () => ask('/stats/play_key_of_somebody'));
      // Outside of any span there is none to be part of.
      await ask('/stats/alone');
      await tracer.stop();
      await collector.close();
      const outer = collector.spans.find(({ name }) => name === 'outer');
      const [span, ...others] = collector.spans.filter(({ name }) => name !== 'outer');
      assert.deepEqual([span?.name, span?.parentSpanId, span?.status, others], ['GET 127.0.0.1', outer?.spanId, 2, []]);
      const { 'http.response.status_code': status, 'server.port': at } = span?.attributes ?? {};
      assert.deepEqual([status, at], [404, port]);
      assert.equal(collector.bodies.join('').includes('stats'), false);
    });
  }
});
