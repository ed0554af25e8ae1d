import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { signInNewUser, startActive } from '../support/factories.ts';
import { useFaults } from '../support/relay-calls.ts';
import { useApp } from '../support/test-app.ts';
import { getStats } from './plugin.ts';

/** The ports that are built into the plugin; elsewhere than on Linux a stand-in cannot have them. */
const BUILT_IN = process.platform === 'linux' ? { sls_port: 8090, stats_port: 5080 } : {};

describe('The shipped plugin reads statistics straight from the relay', () => {
  const app = useApp();
  useFaults(app, { ingest: 'on' });

  it('of the SRT server at :8090/stats/play_TOKEN?legacy=1', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const { public_ip, sls_port } = { ...session.relay, ...BUILT_IN };
    const url = `http://${public_ip}:${sls_port}/stats/play_${session.credentials.stream_token}?legacy=1`;
    const publisher = await eventually(async () => {
      const { status, body } = await getStats(url);
      assert.deepEqual([status, body.status], [200, 'ok']);
      const [found] = Object.values<Record<string, number>>(body.publishers);
      assert.equal((found?.bitrate ?? 0) > 0, true);
      return found;
    });
    for (const field of [
      'bitrate',
      'rtt',
      'pktRcvLoss',
      'pktRcvDrop',
      'mbpsRecvRate',
      'mbpsBandwidth',
      'latency',
      'uptime',
    ]) {
      assert.equal(Number.isFinite(publisher?.[field]), true, `${field}: ${publisher?.[field]}`);
    }
  });

  it('of its links at :5080/stats', async () => {
    const { token } = await signInNewUser(app());
    const session = await startActive(app(), token);
    const { public_ip, stats_port } = { ...session.relay, ...BUILT_IN };
    const group = await eventually(async () => {
      const { status, body } = await getStats(`http://${public_ip}:${stats_port}/stats`);
      assert.equal(status, 200);
      assert.equal(body.groups.length, 1);
      assert.equal(body.groups[0].total_bytes > 0, true);
      return body.groups[0];
    });
    assert.match(group.id, /^0x[0-9a-f]+$/);
    assert.equal(group.stream_id, `live_${session.credentials.stream_token}`);
    assert.equal(group.connections.length, 3);
    for (const link of group.connections) {
      assert.match(link.addr, /^[\d.]+:\d+$/);
      for (const field of ['bytes', 'pkts', 'share_pct', 'last_ms_ago', 'uptime_s']) {
        assert.equal(Number.isFinite(link[field]) && link[field] >= 0, true, `${field}: ${link[field]}`);
      }
    }
  });
});
