import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { execForm, healthCommand, instructionsOf, parseDockerfile, readCopy, type Stage } from './dockerfile.ts';
import type { Ignores } from './ignore-file.ts';

const NEEDED_LABELS = ['title', 'version', 'revision', 'source', 'licenses'];

/**
 * What is wrong with a Dockerfile, by a linter and by our own rules.
 *
 * @param root the build's context.
 */
export function dockerfileFaults(text: string, root: string, ignores: Ignores): string[] {
  const stages = parseDockerfile(text);
  const final = stages.at(-1);
  if (!final) return ['has no stage'];
  return [
    ...validate(text).map(({ range, message }) => `line ${range.start.line + 1}: ${message}`),
    ...stages.flatMap((stage) => copyFaults(stage, stages, root, ignores)),
    ...finalFaults(final),
  ];
}

function copyFaults(stage: Stage, stages: readonly Stage[], root: string, ignores: Ignores): string[] {
  return instructionsOf(stage, 'COPY')
    .map(readCopy)
    .flatMap(({ from, sources }) => {
      if (from !== undefined) return stages.some(({ name }) => name === from) ? [] : [`there is no stage ${from}`];
      return sources.flatMap((source) => {
        if (!existsSync(join(root, source))) return [`COPY names ${source}, which doesn't exist`];
        return ignores(source) ? [`COPY names ${source}, which .dockerignore keeps out`] : [];
      });
    });
}

function finalFaults(stage: Stage): string[] {
  const last = (name: string) => instructionsOf(stage, name).at(-1);
  const user = last('USER')?.text;
  const healthcheck = last('HEALTHCHECK');
  const labels = instructionsOf(stage, 'LABEL')
    .map(({ text }) => text)
    .join(' ');
  return [
    ...(user === undefined || /^(root|0)(:|$)/.test(user) ? ['the image runs as root: set USER'] : []),
    ...(execForm(last('ENTRYPOINT')?.text ?? '') ? [] : ['ENTRYPOINT must be in exec form, or SIGTERM is lost']),
    ...(healthcheck && healthCommand(healthcheck) ? [] : ['HEALTHCHECK must be there, in exec form']),
    ...NEEDED_LABELS.filter((name) => !labels.includes(`org.opencontainers.image.${name}=`)).map(
      (name) => `LABEL org.opencontainers.image.${name} is missing`,
    ),
  ];
}
