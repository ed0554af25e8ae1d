// Loaded into the service's processes, so that a soak can see what they really keep: V8 may let a quiet process's garbage
// lie for minutes.
import { collectGarbage } from '../../src/collect-garbage.ts';

process.on('SIGUSR2', () => void collectGarbage());
