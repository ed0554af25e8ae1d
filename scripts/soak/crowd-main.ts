// A process of plugins. It gets its options by the first message, tells what its plugins see, and ends when it is told to
// or when nobody is there any more who could tell it.
import { type CrowdOptions, startCrowd } from './crowd.ts';

const REPORT_MS = 1_000;

process.once('disconnect', () => process.exit(1));
process.once('message', (options: CrowdOptions) => {
  const crowd = startCrowd(options);
  const report = () => process.send?.(crowd.take());
  const reporting = setInterval(report, REPORT_MS);
  process.once('message', async () => {
    await crowd.end();
    clearInterval(reporting);
    process.removeAllListeners('disconnect');
    process.send?.(crowd.take(), () => process.disconnect());
  });
});
